"""SA, subspace alignment.

Fernando B., Habrard A., Sebban M., Tuytelaars T. Unsupervised visual domain
adaptation using subspace alignment. ICCV 2013, 2960-2967.
https://doi.org/10.1109/ICCV.2013.368

Describe each domain by its own principal directions, then turn the source's basis
toward the target's with the linear map that brings it nearest:

    Ps, Pt = leading principal directions of Xs - ms and Xt - mt
    M = argmin |Ps M - Pt|_F^2 = Ps' Pt                                    (1)
    source: x -> (x - ms) Ps M,   target: x -> (x - mt) Pt                 (2)

    Xs  (ns, d)  source samples, mean ms (d,)      Ps, Pt  (d, k)  orthonormal columns
    Xt  (nt, d)  target samples, mean mt (d,)      M       (k, k)  alignment

Signs and rotations of the source basis cancel in Ps Ps' Pt; those of the target
basis act on both domains alike, and the learner sees the same distances.

Cost: O(n d min(n, d) + min(n, d)^2 k) time, O(n k + d min(n, d)) memory: that of
the mapped source and of scatter matrices, which are sums over blocks of rows
(`tlbook.blocks`).  Single precision stays, and Dask arrays are taken.

Deviations.  The paper bounds the number of components by a theorem and then
cross-validates it on the source; here it is a plain parameter.
"""

from tlbook.base import COUNT, ESTIMATOR, AlignmentEstimator
from tlbook.feature._subspaces import (
    Spread,
    check_n_components,
    half_of_features,
    principal_directions,
)
from tlbook.validation import SOURCE, TARGET

MOST = 20  # components if their number is left open


def alignment(Ps, Pt):
    """Return M = Ps' Pt, which minimizes |Ps M - Pt|_F, equation (1).

    Parameters
    ----------
    Ps, Pt : ndarray of shape (d, k), orthonormal columns

    Returns
    -------
    ndarray of shape (k, k)
    """
    return Ps.T @ Pt


class SubspaceAlignment(AlignmentEstimator):
    """Subspace alignment: the source's principal directions, turned toward the target's.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the aligned source; None is the nearest neighbor.
    n_components : int, default=None
        Principal directions of each domain.  None takes 20, or fewer: half of the
        features, and the smaller rank of the two domains, are the limits.

    Attributes
    ----------
    estimator_ : fitted learner
    means_ : dict of str to ndarray of shape (d,)
        Mean of the "source" and of the "target".
    projections_ : dict of str to ndarray of shape (d, n_components)
        Ps Ps' Pt for the "source", Pt for the "target".

    References
    ----------
    Fernando, Habrard, Sebban, Tuytelaars, ICCV 2013,
    https://doi.org/10.1109/ICCV.2013.368
    """

    _accept_dask = True
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_components": [*COUNT, None],
    }

    def __init__(self, estimator=None, n_components=None):
        self.estimator = estimator
        self.n_components = n_components

    def _align(self, Xs, ys, Xt):
        source, target = Spread(Xs, SOURCE), Spread(Xt, TARGET)
        k = self.n_components
        Ps, Pt = (
            principal_directions(spread, most=k or MOST)
            for spread in (source, target)
        )
        if k is None:
            k = min(MOST, half_of_features(Ps), Ps.shape[1], Pt.shape[1])
        check_n_components(k, Ps, Pt)
        Ps, Pt = Ps[:, :k], Pt[:, :k]
        means = {"source": source.mean, "target": target.mean}
        self.means_ = {
            domain: mean.astype(Xs.dtype) for domain, mean in means.items()
        }
        aligned = Ps @ alignment(Ps, Pt)  # (d, k)
        self.projections_ = {
            "source": aligned.astype(Xs.dtype),
            "target": Pt.astype(Xs.dtype),
        }

    def _map(self, X, domain):
        return (X - self.means_[domain]) @ self.projections_[domain]
