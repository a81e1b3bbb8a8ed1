"""L2T, learning to transfer.

Wei Y., Zhang Y., Huang J., Yang Q. Transfer learning via learning to transfer.
ICML 2018, 5085-5094. https://proceedings.mlr.press/v80/wei18a.html; first as Wei
Y., Zhang Y., Yang Q. Learning to transfer,
https://doi.org/10.48550/arXiv.1708.05629

Every earlier transfer is an experience: a source, a target, a map W of both, and
the improvement l = accuracy with the map / accuracy without.  A reflection
function f learns from them to foretell the improvement from unlabeled samples;
for a new pair of domains, the map is chosen by f.

    h_k(i,j) = k(s_i,s_j) + k(t_i,t_j) - k(s_i,t_j) - k(s_j,t_i)                       (1)
    d_k = mean_{i != j} h_k(i,j),  Q_kl = cov_{i != j}(h_k, h_l)       MMD^2, variance   (2)
    tau_k = sum_ij w^N_k,ij |t_i - t_j|^2 / sum_ij w^L_k,ij |t_i - t_j|^2                (3)
    1/f(W) = beta' d + lam beta' Q beta + mu / (beta' tau) + b                         (4)
    min_{beta,lam,mu >= 0, b}  mean_e huber(1/f_e - 1/l_e) + penalty (|beta|^2 + lam^2 + mu^2)  (5)
    new pair:  W = argmin 1/f(W), started at the known map with the least 1/f            (6)

    s_i = W' xs_i, t_i = W' xt_i  (k,)    mapped samples, m of each domain, drawn at random
    w^N_k, w^L_k  (m, m)  weights of target samples that are not, or are, neighbors: k(xt_i, xt_j)
    beta, d, tau  (K,)    one entry for each Gaussian kernel

(1) to (3) stand in `_l2t_statistics`, (4) and (5) in `_l2t_reflection`.

Cost: O(n d^2 + d^3 + K m^2 + m^2 k) time, O(n d + d^2 + m^2) memory: the base
maps, then the statistics of each, and as much again for each step of (6).

Deviations.  MMD does not see the scale of W unless the kernels are tied to it, so
every map is scaled to mean squared distance 2 between pooled samples, and the K
kernels are octaves around it. This takes the place of the paper's penalty on
|W|^2 in (6).  The weights of (3) are scaled to sum 1, so that tau does not grow
with the number of samples.  b is not penalized.  (6) is off by default, the
choice alone: see the chapter for what happens at its end.
"""

from numbers import Integral

import numpy as np
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils._param_validation import Interval

from tlbook.base import COUNT, ESTIMATOR, AlignmentEstimator

# the experience that L2T is built on
from tlbook.feature import GFK, JDA, TCA, TJM
from tlbook.frontiers._l2t_reflection import DELTA as DELTA
from tlbook.frontiers._l2t_reflection import NO_EXPERIENCE, Experience, Reflection
from tlbook.frontiers._l2t_reflection import learn_reflection as learn_reflection
from tlbook.frontiers._l2t_reflection import reflection_loss as reflection_loss
from tlbook.frontiers._l2t_statistics import (
    GAMMAS,
    discriminability,
    look_at,
    statistics_of,
    unit_spread,
)
from tlbook.frontiers._l2t_statistics import NEIGHBORS as NEIGHBORS
from tlbook.frontiers._l2t_statistics import Pair as Pair
from tlbook.frontiers._l2t_statistics import Statistics as Statistics
from tlbook.frontiers._l2t_statistics import mmd_terms as mmd_terms
from tlbook.frontiers._l2t_statistics import neighbor_graph as neighbor_graph
from tlbook.frontiers._l2t_statistics import target_graphs as target_graphs
from tlbook.kernels import squared_distances
from tlbook.ties import first_smallest


def base_maps(Xs, ys, Xt, n_components=20):
    """Return the maps of the methods that L2T has experience with.

    Parameters
    ----------
    Xs, ys, Xt : ndarray of shape (ns, d), (ns,), (nt, d)
    n_components : int
        At most; also at most half of the features, and less than the samples of
        each domain.

    Returns
    -------
    dict of str to ndarray of shape (d, k)
        GFK's map, the factor of its kernel, has twice as many columns.
    """
    d = Xs.shape[1]
    k = max(1, min(n_components, d // 2, len(Xs) - 1, len(Xt) - 1))
    methods = {
        "TCA": TCA(n_components=k, kernel="primal"),
        "GFK": GFK(n_components=k),
        "JDA": JDA(n_components=k, kernel="primal"),
        "TJM": TJM(n_components=k),
    }
    fitted = {name: method.fit(Xs, ys, Xt) for name, method in methods.items()}
    return {
        "none": np.eye(d),
        **{name: model.projection_ for name, model in fitted.items()},
    }


def gather_experiences(
    Xs, ys, Xt, yt, estimator=None, n_components=20, max_samples=200
):
    """Try every base map on a pair whose target labels are known, and remember.

    Parameters
    ----------
    Xs, ys, Xt, yt : ndarray of shape (ns, d), (ns,), (nt, d), (nt,)
    estimator : classifier, default=None
        None is the nearest neighbor.
    n_components, max_samples : int
        See `base_maps` and `look_at`.

    Returns
    -------
    list of Experience
        Accuracies below chance, 1 / number of classes, count as chance.
    """
    learner = KNeighborsClassifier(1) if estimator is None else estimator
    pair, chance = look_at(Xs, Xt, max_samples), 1 / len(np.unique(ys))

    def accuracy(W):
        return max(clone(learner).fit(Xs @ W, ys).score(Xt @ W, yt), chance)

    without = accuracy(np.eye(Xs.shape[1]))
    return [
        Experience(name, statistics_of(pair, W), accuracy(W) / without)
        for name, W in base_maps(Xs, ys, Xt, n_components).items()
    ]


def map_cost(W, pair, reflection):
    """Return 1/f of a map and its gradient in W.

    Parameters
    ----------
    W : ndarray of shape (d, k)
    pair : Pair
    reflection : Reflection

    Returns
    -------
    cost : float
    gradient : ndarray of shape (d, k)
    """
    beta, lam, mu = reflection.beta, reflection.lam, reflection.mu
    size = np.sqrt(np.sum(W * (pair.S @ W)))
    W = W / size
    Zs, Zt = pair.Xs @ W, pair.Xt @ W
    m = len(Zs)
    n, off = m * (m - 1), ~np.eye(m, dtype=bool)
    values, slopes = [], []  # of sum_k beta_k exp(-gamma_k D), by D = ss, tt, st
    for D in (squared_distances(*two) for two in ((Zs, Zs), (Zt, Zt), (Zs, Zt))):
        kernels = np.exp(-GAMMAS[:, None, None] * D)
        values.append(np.tensordot(beta, kernels, 1))
        slopes.append(np.tensordot(-beta * GAMMAS, kernels, 1))
    # (1) under the mixed kernel
    h = values[0] + values[1] - values[2] - values[2].T
    mean = h[off].mean()
    variance = np.sum((h[off] - mean) ** 2) / (n - 1)
    # d(cost)/d(h), symmetric
    weight = (1 / n + 2 * lam * (h - mean) / (n - 1)) * off
    apart, together = discriminability(Zt, pair.far, pair.near)
    spread = beta @ (apart / together)
    pull = -mu / spread**2 * beta / together  # (K,), d(cost)/d(apart)
    bend = np.tensordot(pull, pair.far, 1) - np.tensordot(
        pull * apart / together, pair.near, 1
    )
    ss = 2 * weight * slopes[0]
    tt = 2 * (weight * slopes[1] + bend)
    st = -2 * weight * slopes[2]
    Gs = 2 * ((ss.sum(axis=1) + st.sum(axis=1))[:, None] * Zs - ss @ Zs - st @ Zt)
    Gt = 2 * (
        (tt.sum(axis=1) + st.sum(axis=0))[:, None] * Zt - tt @ Zt - st.T @ Zs
    )
    G = pair.Xs.T @ Gs + pair.Xt.T @ Gt
    G = (G - np.sum(G * W) * (pair.S @ W)) / size  # the scale of W does not count
    return mean + lam * variance + mu / spread + reflection.b, G


def improve_map(W, pair, reflection, n_steps):
    """Return the map after some quasi-Newton steps down the cost, equation (6).

    Parameters
    ----------
    W : ndarray of shape (d, k)
        Where to start.
    pair : Pair
    reflection : Reflection
    n_steps : int
        Steps; 0 returns the start.

    Returns
    -------
    ndarray of shape (d, k), of unit spread
    """
    W = unit_spread(np.asarray(W, dtype=float), pair.S)
    if n_steps == 0:
        return W

    def flat(w):
        cost, gradient = map_cost(w.reshape(W.shape), pair, reflection)
        return cost, gradient.ravel()

    options = {"maxiter": n_steps}
    w = minimize(flat, W.ravel(), jac=True, method="L-BFGS-B", options=options).x
    return unit_spread(w.reshape(W.shape), pair.S)


class L2T(AlignmentEstimator):
    """Learning to transfer: the map that past experience recommends for this pair of domains.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the mapped source; None is the nearest neighbor.
    reflection : Reflection, default=None
        What `learn_reflection` made of past experiences.  None has no experience:
        it adds up the mean MMD over the kernels and the reciprocal of the mean
        discriminability.
    n_components : int, default=20
        Of the base maps, at most.
    n_steps : int, default=0
        Steps of (6) after the best base map; 0 only chooses.
    max_samples : int, default=200
        Samples of each domain that the reflection looks at.
    random_state : int, RandomState or None, default=0
        Of their drawing.

    Attributes
    ----------
    estimator_ : fitted learner
    costs_ : dict of str to float
        1/f of each base map.
    chosen_ : str
        The base map with the least cost.
    projection_ : ndarray of shape (d, k)
        The map W.

    References
    ----------
    Wei, Zhang, Huang, Yang, ICML 2018,
    https://proceedings.mlr.press/v80/wei18a.html
    """

    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "reflection": [Reflection, None],
        "n_components": COUNT,
        "n_steps": [Interval(Integral, 0, None, closed="left")],
        "max_samples": [Interval(Integral, 10, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator=None,
        reflection=None,
        n_components=20,
        n_steps=0,
        max_samples=200,
        random_state=0,
    ):
        self.estimator = estimator
        self.reflection = reflection
        self.n_components = n_components
        self.n_steps = n_steps
        self.max_samples = max_samples
        self.random_state = random_state

    _needs_classes = "TCA"

    def _align(self, Xs, ys, Xt):
        reflection = NO_EXPERIENCE if self.reflection is None else self.reflection
        pair = look_at(Xs, Xt, self.max_samples, self.random_state)
        maps = base_maps(Xs, ys, Xt, self.n_components)
        self.costs_ = {
            n: reflection.cost(statistics_of(pair, W)) for n, W in maps.items()
        }
        self.chosen_ = list(maps)[first_smallest(list(self.costs_.values()))]
        W = improve_map(maps[self.chosen_], pair, reflection, self.n_steps)
        self.projection_ = W.astype(Xs.dtype)

    def _map(self, X, domain):
        return X @ self.projection_
