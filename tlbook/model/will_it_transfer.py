"""Will it transfer?  Five scores of an encoder, before anything is trained.

NCE        Tran A., Nguyen C., Hassner T. Transferability and hardness of
           supervised classification tasks. ICCV 2019.
           https://doi.org/10.1109/ICCV.2019.00148
LEEP       Nguyen C., Hassner T., Seeger M., Archambeau C. LEEP: a new measure to
           evaluate transferability of learned representations. ICML 2020.
           https://proceedings.mlr.press/v119/nguyen20b.html
H-score    Bao Y. et al. An information-theoretic approach to transferability in
           task transfer learning. ICIP 2019.
           https://doi.org/10.1109/ICIP.2019.8803726
LogME      You K., Liu Y., Wang J., Long M. LogME: practical assessment of
           pre-trained models for transfer learning. ICML 2021.
           https://proceedings.mlr.press/v139/you21b.html
TransRate  Huang L. K. et al. Frustratingly easy transferability estimation.
           ICML 2022.
           https://proceedings.mlr.press/v162/huang22d.html

A model of a source sees n labeled target samples.  Two scores ask what its calls
for the classes z of the source say about the classes y of the target:

    NCE  = -H(Y | Z) = 1/n sum_i log P(y_i | z_i)                                (1)
    LEEP = 1/n sum_i log sum_z P(y_i | z) theta_i(z),                            (2)
           P(y | z) = sum_i [y_i = y] theta_i(z) / sum_i theta_i(z)

Three look at its features f alone:

    H         = tr( cov(f)^-1 cov(E[f | y]) )                                    (3)
    LogME     = mean over classes of 1/n max_{a,b} log p([y = c] | F, a, b),     (4)
                [y = c] ~ N(F w, I / b),  w ~ N(0, I / a)
    TransRate = R(F) - sum_c n_c / n R(F_c),  R(F) = 1/2 log det(I + F'F / (n e)) (5)

    theta (n, |Z|)  probabilities of the source's classes     F (n, d)  features
    a, b            precision of the weights, of the noise    F_c       those of class c

The larger a score, the better the encoder should serve, among encoders that are
scored on the same samples.

Cost: O(n d min(n, d) + C d^3) time, O(n d) memory, for C classes.
"""

import numpy as np
from scipy.linalg import svd

from tlbook.validation import check_classes, check_lengths, check_matrix

ROUNDS, TOLERANCE, TINY = 200, 1e-8, 1e-12  # of the fixed point of LogME
DISTORTION = 1e-4  # e of equation (5), as in the paper


def _checked(F, y, name="F (features)"):
    F = check_matrix(F, name, ensure_min_samples=2)
    y = check_classes(y, "y (labels of the target domain)", "the score")
    check_lengths(**{name: F}, y=y)
    return F.astype(float), y


def nce(z, y):
    """Return the negative conditional entropy of the labels given the calls, (1).

    Parameters
    ----------
    z : array-like of shape (n,)
        The source model's class for each target sample.
    y : array-like of shape (n,)
        Labels of the target samples.

    Returns
    -------
    float, in nats; 0 if the calls decide the labels
    """
    z = check_classes(z, "z (calls of the source model)", "the score", least=1)
    y = check_classes(y, "y (labels of the target domain)", "the score")
    check_lengths(z=z, y=y)
    return leep(z[:, None] == np.unique(z), y)


def leep(theta, y):
    """Return the log expected empirical prediction, (2).

    Parameters
    ----------
    theta : array-like of shape (n, n_source_classes)
        The source model's probabilities for each target sample; rows sum to 1.
    y : array-like of shape (n,)

    Returns
    -------
    float, in nats, at most 0

    Raises
    ------
    ValueError
        If rows of theta are no probabilities.
    """
    theta, y = _checked(theta, y, "theta")
    if (theta < 0).any() or not np.allclose(theta.sum(axis=1), 1, atol=1e-3):
        raise ValueError(
            "theta must have probabilities in its rows, not negative and of sum "
            "1; take predict_proba of the source model"
        )
    member = y[:, None] == np.unique(y)  # (n, n_classes)
    mass = theta.sum(axis=0)
    given = (member.T @ theta)[:, mass > 0] / mass[mass > 0]  # P(y | z)
    expected = np.sum((member @ given) * theta[:, mass > 0], axis=1)
    return float(np.mean(np.log(expected)))


def h_score(F, y):
    """Return the H-score, (3): variance between the classes in units of all variance.

    Parameters
    ----------
    F : array-like of shape (n, d)
        Features of target samples.
    y : array-like of shape (n,)

    Returns
    -------
    float, between 0 and the number of classes minus one
    """
    F, y = _checked(F, y)
    centered = F - F.mean(axis=0)
    means = np.array([centered[y == c].mean(axis=0) for c in np.unique(y)])
    between = means[np.searchsorted(np.unique(y), y)]  # (n, d)
    inverse = np.linalg.pinv(centered.T @ centered, rcond=1e-10, hermitian=True)
    return float(np.sum(inverse * (between.T @ between)))


def log_me(F, y):
    """Return the logarithm of the maximum evidence of a linear model, (4).

    MacKay's fixed point: with g the effective number of weights,
    a = g / |m|^2,  b = (n - g) / |F m - t|^2,  m the mean of the posterior.

    Parameters
    ----------
    F : array-like of shape (n, d)
    y : array-like of shape (n,)

    Returns
    -------
    float, for one sample and one class
    """
    F, y = _checked(F, y)
    U, s, _ = svd(F, full_matrices=False)
    return float(
        np.mean([_evidence(U, s, F.shape, y == c) for c in np.unique(y)])
    )


def _evidence(U, s, shape, t):
    """Return the maximum of log p(t | F, a, b) / n for F = U diag(s) V'."""
    n, d = shape
    t = t.astype(float)
    along = U.T @ t
    beyond = max(t @ t - along @ along, 0.0)  # of t outside the range of F

    def posterior(a, b):
        """Return |m|^2, |F m - t|^2 and the effective number of weights."""
        m = b * s * along / (a + b * s**2)
        error = np.sum((along - s * m) ** 2) + beyond
        return m @ m, error, np.sum(b * s**2 / (a + b * s**2))

    a = b = 1.0
    for _ in range(ROUNDS):
        size, error, g = posterior(a, b)
        before = a, b
        a, b = g / max(size, TINY), (n - g) / max(error, TINY)
        if np.allclose(before, (a, b), rtol=TOLERANCE):
            break
    size, error, _ = posterior(a, b)
    log_det = np.log(a + b * s**2).sum() + (d - len(s)) * np.log(a)
    likelihood = n * np.log(b / (2 * np.pi)) - b * error
    return (likelihood + d * np.log(a) - a * size - log_det) / (2 * n)


def trans_rate(F, y, distortion=DISTORTION):
    """Return TransRate, (5): how many nats the classes save in coding the features.

    Parameters
    ----------
    F : array-like of shape (n, d)
    y : array-like of shape (n,)
    distortion : float > 0
        e, in squared units of the features.

    Returns
    -------
    float, at least 0
    """
    F, y = _checked(F, y)
    F = F - F.mean(axis=0)

    def rate(X):
        gram = X.T @ X if len(X) > X.shape[1] else X @ X.T
        sign, log_det = np.linalg.slogdet(
            np.eye(len(gram)) + gram / (len(X) * distortion)
        )
        return log_det / 2

    parts = [F[y == c] for c in np.unique(y)]
    return float(rate(F) - sum(len(X) / len(F) * rate(X) for X in parts))
