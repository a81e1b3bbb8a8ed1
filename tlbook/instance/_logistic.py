"""Logistic regression of two domains, by Newton's method on sums over blocks of rows.

With z the standardized x, t = 1 for the target and 0 for the source, and p = 1 /
(1 + exp(-f)):

    min  1/2 |w|^2 + C sum_i log(1 + exp(-(2 t_i - 1) f_i)),   f = w'z + b               (1)
    gradient  C sum_i (p_i - t_i) [z_i, 1] + [w, 0]                                       (2)
    Hessian   C sum_i p_i (1 - p_i) [z_i, 1] [z_i, 1]' + diag(1, ..., 1, 0)               (3)

The intercept has no ridge, so that (1) depends on the scale of the columns and
not on their means: sparse samples are scaled, stay sparse, and get the same
answer as dense ones.  They, and more than `WIDE` columns, go to scikit-learn,
whose solver forms no Hessian.

Cost: O((ns + nt) d^2) time, O(d^2) memory.
"""

import numpy as np
from array_api_compat import is_dask_array
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from tlbook.blocks import block_sums, mean_and_squares
from tlbook.kernels import pooled

WIDE = 2000  # columns beyond which no Hessian is formed
TOL = 1e-10  # of the Newton decrement against (1); the last step squares it
MAX_ITER = 100


def domain_classifier(Xs, Xt, C):
    """Return the classifier of equation (1), whose coefficients are those of the columns as given.

    Parameters
    ----------
    Xs, Xt : ndarray or sparse matrix of shape (ns, d) and (nt, d), or Dask arrays
    C : float > 0

    Returns
    -------
    LogisticRegression, fitted; class 0 is the source and class 1 the target
    """
    is_sparse = sparse.issparse(Xs) or sparse.issparse(Xt)
    if is_sparse or (Xs.shape[1] > WIDE and not is_dask_array(Xs)):
        w, b, mean, scale = solution_without_hessian(Xs, Xt, C)
    else:
        mean, scale = pooled_scale(Xs, Xt)
        w, b = newton_solution(Xs, Xt, C, mean, scale)
    model = LogisticRegression(C=C)
    model.coef_ = (w / scale)[None, :]
    model.intercept_ = np.array([b - mean @ model.coef_[0]])
    model.classes_, model.n_features_in_ = np.array([0, 1]), len(w)
    return model


def pooled_scale(Xs, Xt):
    """Return the mean and the standard deviation, 1 where it is zero, of both domains together."""
    ns, nt = Xs.shape[0], Xt.shape[0]
    n, (mean_s, squares_s), (mean_t, squares_t) = (
        ns + nt,
        *map(mean_and_squares, (Xs, Xt)),
    )
    mean = (ns * mean_s + nt * mean_t) / n
    variance = (squares_s + squares_t) / n + ns * nt / n**2 * (
        mean_s - mean_t
    ) ** 2
    constant = variance <= (10 * np.finfo(float).eps * mean) ** 2
    return mean, np.sqrt(np.where(constant, 1, variance))


def loss_sums(X, t, theta, mean, scale):
    """Return the loss of (1), and the sums of (2) and (3), of one domain.

    Parameters
    ----------
    X : ndarray or Dask array of shape (n, d)
    t : {0, 1}
    theta : ndarray of shape (d + 1,), w and b
    mean, scale : ndarray of shape (d,)

    Returns
    -------
    loss : float
    gradient : ndarray of shape (d + 1,)
    hessian : ndarray of shape (d + 1, d + 1)
    """

    def sums(rows):
        Z = np.ones((len(rows), len(theta)))  # (rows, d + 1)
        np.divide(rows - mean, scale, out=Z[:, :-1])
        f = Z @ theta
        p = expit(f)
        root = Z * np.sqrt(p * (1 - p))[:, None]
        return (
            np.logaddexp(0, f if t == 0 else -f).sum(),
            (p - t) @ Z,
            root.T @ root,
        )

    return block_sums(sums, X)


def newton_solution(Xs, Xt, C, mean, scale):
    """Return w (d,) and b of equation (1), by Newton steps that are halved until they gain."""
    ridge = np.append(np.ones(len(mean)), 0)

    def evaluate(theta):
        of_source = loss_sums(Xs, 0, theta, mean, scale)
        of_target = loss_sums(Xt, 1, theta, mean, scale)
        loss, gradient, hessian = (
            C * (a + b) for a, b in zip(of_source, of_target)
        )
        value = ridge @ theta**2 / 2 + loss
        return value, gradient + ridge * theta, hessian + np.diag(ridge)

    theta = np.zeros(len(ridge))
    value, gradient, hessian = evaluate(theta)
    for _ in range(MAX_ITER):
        move = np.linalg.solve(hessian, -gradient)
        decrement, step = -gradient @ move, 1.0
        after = evaluate(theta + move)
        while (
            after[0] > value - 1e-4 * step * decrement + TOL * value
            and step > 1e-8
        ):
            step /= 2
            after = evaluate(theta + step * move)
        theta, (value, gradient, hessian) = theta + step * move, after
        if decrement <= TOL * value:
            break
    return theta[:-1], theta[-1]


def solution_without_hessian(Xs, Xt, C):
    """Return w, b, mean and scale of equation (1), by scikit-learn's conjugate gradients."""
    X = pooled(Xs, Xt).astype(float)
    is_sparse = sparse.issparse(X)
    scaler = StandardScaler(with_mean=not is_sparse)
    Z = scaler.fit_transform(X)
    domain = np.repeat([0, 1], [Xs.shape[0], Xt.shape[0]])
    model = LogisticRegression(
        C=C, solver="newton-cg", tol=1e-10, max_iter=1000
    ).fit(Z, domain)
    mean = np.zeros(X.shape[1]) if is_sparse else scaler.mean_
    return model.coef_[0], model.intercept_[0], mean, scaler.scale_
