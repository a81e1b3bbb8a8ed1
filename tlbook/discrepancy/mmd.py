"""Maximum mean discrepancy, for NumPy arrays and Torch tensors (array API).

Gretton A., Borgwardt K., Rasch M., Schoelkopf B., Smola A. A kernel two-sample test.
JMLR 13, 2012, 723-773.  Long M. et al. DAN, ICML 2015; JAN, ICML 2017 (joint form).

    MMD^2(P, Q) = E k(x, x') + E k(y, y') - 2 E k(x, y)                    (1)

Three estimates from samples Xs (ns, d) and Xt (nt, d), k(x, y) = exp(-gamma |x - y|^2):

    biased     means over all pairs, the diagonal included; never negative
    unbiased   means over the pairs of different samples
    linear     mean of k(s1,s2) + k(t1,t2) - k(s1,t2) - k(s2,t1) over disjoint pairs; O(n)

Several kernels add up with weights beta (MK-MMD).  The joint form (JMMD) multiplies the kernels of
several layers: it compares the distribution of all of them together.
"""

from array_api_compat import array_namespace

from tlbook.kernels import gaussian_kernel

ESTIMATES = ("biased", "unbiased", "linear")


def mmd2(Xs, Xt, gamma=None, estimate="biased"):
    """Return the squared maximum mean discrepancy of two samples, equation (1).

    Parameters
    ----------
    Xs : array of shape (ns, d)
    Xt : array of shape (nt, d)
    gamma : float or None
        Of the Gaussian kernel; None is the linear kernel k(x, y) = x'y.
    estimate : {"biased", "unbiased", "linear"}
        "linear" (in time) uses the first min(ns, nt) samples, pairwise.

    Returns
    -------
    array of shape (), of the kind of `Xs`

    Raises
    ------
    ValueError
        For another `estimate`, other widths, or too few samples.
    """
    return mk_mmd2(Xs, Xt, [gamma], [1.0], estimate)


def mk_mmd2(Xs, Xt, gammas, betas=None, estimate="biased"):
    """Return the multi-kernel MMD^2: the sum of beta_u MMD^2 with kernel u.

    Parameters
    ----------
    Xs, Xt : arrays of shape (ns, d) and (nt, d)
    gammas : sequence of float or None
    betas : sequence of float, optional
        Weights of the kernels; equal with sum 1 by default.
    estimate : {"biased", "unbiased", "linear"}

    Returns
    -------
    array of shape ()
    """
    betas = [1 / len(gammas)] * len(gammas) if betas is None else betas

    def kernel(layers, others):
        return sum(b * _kernel(layers[0], others[0], g) for g, b in zip(gammas, betas))

    def paired(layers, others):
        return sum(b * _paired(layers[0], others[0], g) for g, b in zip(gammas, betas))

    return _estimate([Xs], [Xt], kernel, paired, estimate)


def jmmd2(source_layers, target_layers, gammas, estimate="biased"):
    """Return the joint MMD^2: the kernel is the product of one Gaussian kernel per layer.

    Parameters
    ----------
    source_layers, target_layers : sequence of arrays of shape (ns, d_l) and (nt, d_l)
    gammas : sequence of float or None
        One per layer.
    estimate : {"biased", "unbiased", "linear"}

    Returns
    -------
    array of shape ()
    """

    def product(one):
        def kernel(layers, others):
            value = 1.0
            for A, B, gamma in zip(layers, others, gammas):
                value = value * one(A, B, gamma)
            return value

        return kernel

    return _estimate(source_layers, target_layers, product(_kernel), product(_paired), estimate)


def _kernel(X, Y, gamma):
    return X @ Y.T if gamma is None else gaussian_kernel(X, None if X is Y else Y, gamma)


def _paired(X, Y, gamma):
    """Return k(x_i, y_i) for each i, in linear time."""
    xp = array_namespace(X)
    if gamma is None:
        return xp.sum(X * Y, axis=1)
    return xp.exp(-gamma * xp.sum((X - Y) ** 2, axis=1))


def _estimate(source, target, kernel, paired, estimate):
    xp = array_namespace(source[0])
    ns, nt = source[0].shape[0], target[0].shape[0]
    for S, T in zip(source, target):
        if S.shape[1] != T.shape[1]:
            raise ValueError(f"the source has {S.shape[1]} features, the target {T.shape[1]}")
    if estimate not in ESTIMATES:
        raise ValueError(f"estimate must be one of {ESTIMATES}, not {estimate!r}")
    if min(ns, nt) < (1 if estimate == "biased" else 2):
        raise ValueError(f"{ns} source and {nt} target samples are too few: {estimate} needs 2")
    if estimate == "linear":
        half = min(ns, nt) // 2
        s1, s2 = ([S[i : 2 * half : 2] for S in source] for i in (0, 1))
        t1, t2 = ([T[i : 2 * half : 2] for T in target] for i in (0, 1))
        h = paired(s1, s2) + paired(t1, t2) - paired(s1, t2) - paired(s2, t1)  # (half,)
        return xp.mean(h)
    cross = xp.mean(kernel(source, target))
    if estimate == "biased":
        return xp.mean(kernel(source, source)) + xp.mean(kernel(target, target)) - 2 * cross
    within = 0.0
    for layers, n in ((source, ns), (target, nt)):
        total = xp.sum(kernel(layers, layers)) - xp.sum(paired(layers, layers))
        within = within + total / (n * (n - 1))
    return within - 2 * cross
