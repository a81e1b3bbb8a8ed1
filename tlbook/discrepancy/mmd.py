"""Maximum mean discrepancy, for NumPy arrays and Torch tensors (array API).

Gretton A., Borgwardt K., Rasch M., Schoelkopf B., Smola A. A kernel two-sample
test. JMLR 13, 2012, 723-773.  Long M. et al. DAN, ICML 2015; JAN, ICML 2017
(joint form).

    MMD^2(P, Q) = E k(x, x') + E k(y, y') - 2 E k(x, y)                    (1)

Three estimates from samples Xs (ns, d) and Xt (nt, d), k(x, y) = exp(-gamma |x -
y|^2):

    biased     means over all pairs, the diagonal included; never negative
    unbiased   means over the pairs of different samples
    linear     mean of k(s1,s2) + k(t1,t2) - k(s1,t2) - k(s2,t1) over disjoint pairs; O(n)

The first two are one sum over the pooled samples z = (s, t), with the weights L
of `pair_weights`:

    sum_ij L_ij k(z_i, z_j),   gradient in z_i: 4 sum_j L_ij k'(|z_i - z_j|^2) (z_i - z_j)     (2)

Several kernels add up with weights beta (MK-MMD).  The joint form (JMMD)
multiplies the kernels of several layers: it compares the distribution of all of
them together.

Cost: O(n^2 d) time, O(n d) memory; linear: O(n d) time, O(n d) memory.  Tiles of
64 MB and no n x n matrix; the linear kernel, O(n d), needs sums over samples only,
of Dask arrays on their cluster.  The floor of the others is n^2 / 2 exponentials
and products of d numbers, some 20 seconds of a core for 100,000 samples of 79
features: beyond that, "linear" or a sample.  Torch tensors that need a gradient
get (2) in closed form, one matrix product instead of a graph of n x n operations,
in O(n^2) memory.
"""

from math import prod
from numbers import Real

import numpy as np
from array_api_compat import array_namespace, is_numpy_array, is_torch_array

from tlbook.blocks import mean_and_squares
from tlbook.kernels import AT_ONCE, BLOCK, row_blocks, squared_distances
from tlbook.validation import check_lengths, check_pair

ESTIMATES = ("biased", "unbiased", "linear")


def mmd2(Xs, Xt, gamma=None, estimate="biased"):
    """Return the squared maximum mean discrepancy of two samples, equation (1).

    Parameters
    ----------
    Xs : array of shape (ns, d)
    Xt : array of shape (nt, d)
        The linear kernel takes Dask arrays as well, but for the estimate
        "linear".
    gamma : float or None
        Of the Gaussian kernel; None is the linear kernel k(x, y) = x'y, at cost
        O(n d).
    estimate : {"biased", "unbiased", "linear"}
        "linear" (in time) uses the first min(ns, nt) samples, pairwise.

    Returns
    -------
    array of shape (), of the kind of `Xs`; of Dask arrays a number

    Raises
    ------
    ValueError
        On bad input, for another `estimate`, other widths, or too few samples.
    """
    if gamma is not None:
        return mk_mmd2(Xs, Xt, [gamma], [1.0], estimate)
    (Xs,), (Xt,) = _check([Xs], [Xt], estimate, accept_dask=estimate != "linear")
    if estimate == "linear":
        xp = array_namespace(Xs)
        (s1, s2), (t1, t2) = _halves(Xs, Xt)
        return xp.mean(xp.sum((s1 - t1) * (s2 - t2), axis=1))
    (ms, squares_s), (mt, squares_t) = (
        _mean_and_squares(Xs),
        _mean_and_squares(Xt),
    )
    value = ((ms - mt) ** 2).sum()
    # |mean|^2 without the products of a sample with itself
    if estimate == "unbiased":
        for X, squares in ((Xs, squares_s), (Xt, squares_t)):
            n = X.shape[0]
            value = value - squares.sum() / (n - 1) / n
    return value if is_torch_array(Xs) else value.astype(Xs.dtype)


def mk_mmd2(Xs, Xt, gammas, betas=None, estimate="biased"):
    """Return the multi-kernel MMD^2: the sum of beta_u MMD^2 with kernel u.

    Parameters
    ----------
    Xs, Xt : arrays of shape (ns, d) and (nt, d)
    gammas : sequence of float
    betas : sequence of float, optional
        Weights of the kernels; equal with sum 1 by default.
    estimate : {"biased", "unbiased", "linear"}

    Returns
    -------
    array of shape ()

    Raises
    ------
    ValueError
        As `mmd2`, or if there are more or fewer weights than kernels.
    """
    return jmmd2([Xs], [Xt], [gammas], estimate, [betas])


def jmmd2(source_layers, target_layers, gammas, estimate="biased", betas=None):
    """Return the joint MMD^2: the kernel is the product of one kernel per layer.

    Parameters
    ----------
    source_layers, target_layers : sequence of arrays, (ns, d_l) and (nt, d_l)
    gammas : sequence of float, or of sequences of float
        Per layer one Gaussian kernel, or several that add up.
    estimate : {"biased", "unbiased", "linear"}
    betas : sequence of sequences of float, optional
        Weights of the kernels of each layer; equal with sum 1 by default.

    Returns
    -------
    array of shape ()

    Raises
    ------
    ValueError
        As `mmd2`, or if the layers, widths and weights are not as many as each
        other.
    """
    check_lengths(
        source_layers=source_layers, target_layers=target_layers, gammas=gammas
    )
    if betas is None:
        betas = [None] * len(gammas)
    check_lengths(gammas=gammas, betas=betas)
    source_layers, target_layers = _check(source_layers, target_layers, estimate)
    xp = array_namespace(source_layers[0])
    kernels = []
    for gamma, beta in zip(gammas, betas):
        several = [gamma] if isinstance(gamma, Real) else list(gamma)
        weights = [1 / len(several)] * len(several) if beta is None else beta
        check_lengths(gammas=several, betas=weights)
        kernels.append((several, weights))
    if estimate == "linear":
        return xp.mean(pair_terms(source_layers, target_layers, kernels))
    ns, nt = source_layers[0].shape[0], target_layers[0].shape[0]
    pooled = [xp.concat([S, T]) for S, T in zip(source_layers, target_layers)]
    if is_torch_array(pooled[0]) and any(Z.requires_grad for Z in pooled):
        from tlbook.discrepancy._gradient import KernelSum

        return KernelSum.apply(
            pair_weights(ns, nt, estimate, pooled[0]), kernels, *pooled
        )
    return sum_over_pairs(pooled, kernels, ns, estimate)


def sum_over_pairs(pooled, kernels, ns, estimate):
    """Return (2) without a gradient, by square tiles of the upper half of the kernel matrix.

    Parameters
    ----------
    pooled : sequence of arrays of shape (ns + nt, d_l), source first
    kernels : sequence of (gammas, betas), one per layer
    ns : int
    estimate : {"biased", "unbiased"}

    Returns
    -------
    array of shape ()
    """
    first = pooled[0]
    xp, n = array_namespace(first), first.shape[0]
    nt, side = n - ns, int(BLOCK**0.5)
    in_source = xp.arange(n, device=first.device) < ns
    member = xp.astype(
        xp.stack([in_source, ~in_source], axis=1), first.dtype
    )  # (n, 2)
    sums = 0.0  # of the kernel within and across the domains
    for start in range(0, n, side):
        rows = slice(start, start + side)
        for other in range(start, n, side):
            columns = slice(other, other + side)
            K = 1.0
            for Z, kernel in zip(pooled, kernels):
                K = K * mix(
                    squared_distances(Z[rows], Z[columns]), *kernel
                )  # (side, side)
            part = member[rows].T @ (K @ member[columns])  # (2, 2)
            sums = sums + (part if other == start else part + part.T)
    within_s, within_t, across = sums[0, 0], sums[1, 1], sums[0, 1]
    if estimate == "biased":
        return within_s / ns**2 + within_t / nt**2 - 2 * across / (ns * nt)
    itself = prod(sum(betas) for _, betas in kernels)  # k(z, z)
    within_s, within_t = within_s - ns * itself, within_t - nt * itself
    return (
        within_s / (ns * (ns - 1))
        + within_t / (nt * (nt - 1))
        - 2 * across / (ns * nt)
    )


def pair_weights(ns, nt, estimate, like):
    """Return the weights L of equation (2), for pooled samples.

    Parameters
    ----------
    ns, nt : int
    estimate : {"biased", "unbiased"}
    like : array
        L is of its kind, data type and device.

    Returns
    -------
    array of shape (ns + nt, ns + nt)
    """
    xp = array_namespace(like)
    kind = {"dtype": like.dtype, "device": like.device}
    signs = xp.concat(
        [xp.full((ns,), 1 / ns, **kind), xp.full((nt,), -1 / nt, **kind)]
    )
    L = signs[:, None] * signs
    if estimate == "unbiased":
        L[:ns, :ns] *= ns / (ns - 1)
        L[ns:, ns:] *= nt / (nt - 1)
        L = L * (1 - xp.eye(ns + nt, **kind))
    return L


def mix(D, gammas, betas):
    """Return sum_u beta_u exp(-gamma_u D) for squared distances D of any shape."""
    xp = array_namespace(D)
    if not is_numpy_array(D):
        return sum(
            beta * xp.exp(D * -gamma) for gamma, beta in zip(gammas, betas)
        )
    mixed = np.zeros(D.size, dtype=D.dtype)
    entries = np.ravel(D)
    for some in row_blocks(D.size, 1, AT_ONCE // 4):  # what stays in the cache
        for gamma, beta in zip(gammas, betas):
            k = entries[some] * -gamma
            np.exp(k, out=k)
            mixed[some] += np.multiply(k, beta, out=k)
    return mixed.reshape(D.shape)


def pair_terms(source_layers, target_layers, kernels):
    """Return k(s1,s2) + k(t1,t2) - k(s1,t2) - k(s2,t1) of disjoint pairs; their mean is MMD^2.

    Parameters
    ----------
    source_layers, target_layers : sequence of arrays, (ns, d_l) and (nt, d_l)
    kernels : sequence of (gammas, betas), one per layer

    Returns
    -------
    array of shape (min(ns, nt) // 2,)
    """
    k = 1.0
    for S, T, kernel in zip(source_layers, target_layers, kernels):
        k = k * mix(pair_distances(S, T), *kernel)  # (4, n / 2)
    return k[0] + k[1] - k[2] - k[3]


def pair_distances(S, T):
    """Return |s1-s2|^2, |t1-t2|^2, |s1-t2|^2, |s2-t1|^2 of disjoint pairs, shape (4, n / 2)."""
    xp = array_namespace(S)
    (s1, s2), (t1, t2) = _halves(S, T)
    return xp.sum(xp.stack([s1 - s2, t1 - t2, s1 - t2, s2 - t1]) ** 2, axis=2)


def _mean_and_squares(X):
    """Return the mean of the samples and the sums of squares around it, (d,) each."""
    if is_torch_array(X):
        mean = X.mean(axis=0)
        return mean, ((X - mean) ** 2).sum(axis=0)
    return mean_and_squares(X)


def _halves(S, T):
    half = min(S.shape[0], T.shape[0]) // 2
    return [[X[i : 2 * half : 2] for i in (0, 1)] for X in (S, T)]


def _check(source, target, estimate, accept_dask=False):
    """Return the layers of both domains, checked one by one and against each other."""
    if estimate not in ESTIMATES:
        raise ValueError(f"estimate must be one of {ESTIMATES}, not {estimate!r}")
    if not len(source):
        raise ValueError("source_layers is empty; at least one layer is needed")
    least = 1 if estimate == "biased" else 2
    layers = [
        check_pair(S, T, least, accept_dask) for S, T in zip(source, target)
    ]
    source, target = zip(*layers)
    for name, domain in (("source_layers", source), ("target_layers", target)):
        lengths = [X.shape[0] for X in domain]
        if len(set(lengths)) > 1:
            raise ValueError(
                f"{name} have {lengths} samples; give the same samples in each "
                "layer"
            )
    return list(source), list(target)
