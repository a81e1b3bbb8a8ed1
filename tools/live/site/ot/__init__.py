"""A stand-in for POT in a page that runs: exact transport, by the linear program of SciPy."""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import eye_array, kron, vstack


def emd(a, b, M, numItermax=100_000, log=False):
    """Return the plan of least cost, as `ot.emd` does; without masses all samples weigh alike."""
    M = np.asarray(M)
    ns, nt = M.shape
    masses = [
        mass if len(mass) else np.full(n, 1 / n) for mass, n in ((a, ns), (b, nt))
    ]
    rows = kron(eye_array(ns), np.ones((1, nt)))
    columns = kron(np.ones((1, ns)), eye_array(nt))
    found = linprog(
        M.ravel(),
        A_eq=vstack([rows, columns]),
        b_eq=np.concatenate(masses),
        method="highs-ds",
        options={"maxiter": numItermax},
    )
    if found.x is None:
        raise ValueError(found.message)
    P = found.x.reshape(ns, nt) + 0.0  # no -0.0
    told = {
        "cost": found.fun,
        "warning": None if found.success else found.message,
    }
    return (P, told) if log else P
