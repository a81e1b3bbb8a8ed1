"""M3SDA: the moments of several sources and of the target, all to one another.

Peng X., Bai Q., Xia X., Huang Z., Saenko K., Wang B. Moment matching for
multi-source domain adaptation. ICCV 2019. https://arxiv.org/abs/1812.01754

    m_r(D) = mean over z of D of z^r, element by element                       (1)
    MD     = sum over r = 1, 2 of [ mean over k of |m_r(S_k) - m_r(T)|
                           + mean over k < l of |m_r(S_k) - m_r(S_l)| ]        (2)
    min over the network:   L_C(all sources, y) + lambda_p MD                  (3)

z (d,) is the bottleneck, S_k the samples of source k = 1..K in a batch, T those
of the target, |.| the length of a vector.  A network on pooled sources sees one
cloud, and may bring its mean to that of the target while every source keeps a
place of its own; the first part of (2) sees each source.  The second part brings
the sources to one another: what is learned of one then holds for the next.
lambda_p grows with the progress p of the training as in DANN.

Cost of a step: O(b d + K^2 d) time, O(b d + K^2 d) memory for a batch of b,
beside the network's own.

Deviations.  One classifier for all sources; the paper has one, or a pair, for
each source, and weighs their votes.  Batches are drawn from the pooled sources,
so that a source counts in L_C by its size; a source with less than two samples
in a batch is left out of (2).  With one source the second part is missing.
"""

import itertools

import numpy as np
import torch

from tlbook.base import NON_NEGATIVE
from tlbook.deep._samples import check_samples
from tlbook.deep._training import DeepClassifier, ramp
from tlbook.validation import check_columns, label_vector

LEAST = 2  # samples of a domain in a batch that have moments


def moments(Z):
    """Return m_1 and m_2, equation (1).

    Parameters
    ----------
    Z : Tensor of shape (n, d)

    Returns
    -------
    Tensor of shape (2, d)
    """
    return torch.stack([Z.mean(dim=0), Z.square().mean(dim=0)])


def moment_distance(sources, target):
    """Return MD, equation (2).

    Parameters
    ----------
    sources : list of K Tensor of shape (n_k, d)
    target : Tensor of shape (nt, d)

    Returns
    -------
    scalar Tensor
        0 where all domains have the same moments.
    """
    means, goal = [moments(Z) for Z in sources], moments(target)

    def mean_distance(pairs):
        """Return the mean length of the differences, summed over the moments."""
        apart = torch.stack([a - b for a, b in pairs])  # (pairs, 2, d)
        return torch.linalg.vector_norm(apart, dim=2).mean(dim=0).sum()

    distance = mean_distance([(m, goal) for m in means])
    if len(means) > 1:
        distance = distance + mean_distance(itertools.combinations(means, 2))
    return distance


class M3SDA(DeepClassifier):
    """Moment matching: all sources and the target get the same two moments.

    `fit(sources, X_target=...)` takes several sources, a list of pairs (X, y);
    `fit(X, y, X_target)` one, as the other methods do.

    Parameters
    ----------
    weight : float >= 0
        lambda of equation (3).
    **training
        See `DeepClassifier`.

    Attributes
    ----------
    n_sources_ : int
        K.

    References
    ----------
    Peng et al., ICCV 2019.
    """

    _follows_progress = True
    _parameter_constraints = {"weight": NON_NEGATIVE}

    def __init__(self, weight=0.1, **training):
        super().__init__(**training)
        self.weight = weight

    def fit(self, X, y=None, X_target=None, y_target=None, sample_weight=None):
        """Train on labeled sources and the target.

        Parameters
        ----------
        X : list of (X, y), or as in `DeepClassifier`
            Labeled sources, X of shape (n_k, ...) and y of shape (n_k,); a source
            need not have all classes.
        y : None for several sources
        X_target : array-like of shape (nt, ...), optional
        y_target : array-like of shape (nt,), optional
            Target labels for training, -1 where unlabeled.
        sample_weight : array-like of shape (n_1 + ... + n_K,), optional
            Of the samples of all sources, one source after the other.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As `DeepClassifier`; if sources have other features, or one has more
            or fewer labels than samples.
        """
        origin = None
        if is_list_of_pairs(X):
            if y is not None:
                raise ValueError(
                    "sources bring their own labels; y must be None, and the "
                    "target is given as X_target="
                )
            X, y, origin = put_together(X)
        self.n_sources_ = 1 if origin is None else int(origin[-1]) + 1
        self._origin = origin
        super().fit(X, y, X_target, y_target, sample_weight)
        del self._origin
        return self

    def _check_data(self, *args, **kwargs):
        data = super()._check_data(*args, **kwargs)
        data.source.tell_apart(self._origin)
        return data

    def _weight(self, progress):
        return self.weight * ramp(progress)

    def _loss(self, batch):
        self._ks = torch.zeros_like(batch.ys) if batch.ks is None else batch.ks
        return super()._loss(batch)

    def _penalty(self, source, target, progress):
        Z, ks = source.bottleneck, self._ks
        apart = [Z[ks == k] for k in range(self.n_sources_)]
        present = [Zk for Zk in apart if len(Zk) >= LEAST]
        return moment_distance(present or [Z], target.bottleneck)


def is_list_of_pairs(X):
    """Tell whether X is several sources: a list of tuples (X, y)."""
    return isinstance(X, list) and all(
        isinstance(pair, tuple) and len(pair) == 2 for pair in X
    )


def put_together(sources):
    """Return samples, labels and numbers of sources, one source after the other.

    Parameters
    ----------
    sources : list of (X, y), arrays

    Returns
    -------
    X : array-like of shape (n, ...), with the columns of the first source
    y : ndarray of shape (n,)
    origin : ndarray of int, shape (n,)
    """
    if not sources:
        raise ValueError("sources is empty; at least one pair (X, y) is needed")
    columns, shape, samples, labels = None, None, [], []
    for k, (Xk, yk) in enumerate(sources):
        name = f"sources[{k}]"
        if k:
            check_columns(Xk, name, columns, "sources[0]")
        else:
            columns = getattr(Xk, "columns", None)
        Z, own = check_samples(Xk, name, any_shape=True)
        if not isinstance(Z, np.ndarray):
            raise TypeError(f"{name} must be an array, not {type(Z).__name__}")
        shape = own if shape is None else shape
        if own != shape:
            raise ValueError(
                f"{name} has samples of shape {own}, sources[0] has {shape}"
            )
        yk = label_vector(yk, f"the y of {name}")
        if len(yk) != len(Z):
            raise ValueError(f"{name} has {len(Z)} samples and {len(yk)} labels")
        samples.append(Z)
        labels.append(yk)
    X = np.concatenate(samples)
    if columns is not None:
        X = type(sources[0][0])(X, columns=columns)
    origin = np.repeat(np.arange(len(sources)), [len(yk) for yk in labels])
    return X, np.concatenate(labels), origin
