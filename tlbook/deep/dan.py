"""DAN, deep adaptation network: several layers, several kernels, weights that see the difference.

Long M., Cao Y., Wang J., Jordan M. I. Learning transferable features with deep
adaptation networks. ICML 2015, 97-105.
https://proceedings.mlr.press/v37/long15.html
Gretton A. et al. Optimal kernel choice for large-scale two-sample tests. NIPS
2012, 1205-1213.

    k = sum_u beta_u exp(-gamma_u |x - y|^2),   beta >= 0, sum beta = 1        (1)
    min  L_C(source, y) + lambda_p sum_l MMD_k^2(layer l)                      (2)

Linear time: z_i = (s_{2i-1}, s_{2i}, t_{2i-1}, t_{2i}) gives one value per kernel

    g_u(z_i) = k_u(s,s') + k_u(t,t') - k_u(s,t') - k_u(s',t),   d_u = mean of g_u      (3)

beta makes the two-sample test strongest: the largest d'beta / sqrt(beta' Q beta),
hence

    min  beta' (Q + eps I) beta   s.t.  d'beta = 1, beta >= 0                   (4)
    Q_uv = 1/2 mean of (g_u(z_2i) - g_u(z_2i-1)) (g_v(z_2i) - g_v(z_2i-1))      (5)

Shapes: g (n, m) for m kernels, d (m,), Q (m, m).

Deviations.  beta is found once an epoch from up to 500 samples of each domain,
for each layer. lambda_p = lambda (2 / (1 + exp(-10 p)) - 1) grows with the
progress p of training: the paper starts from a trained network, and a random one
would first of all make its activations equal. gamma_u = 2^-e / (median squared
distance of the batch's pairs) follows the layer's scale.  The Q of (5) has the
factor 1/2 that makes it the covariance; it does not change beta when eps follows
it.  Fewer than four samples of a domain have no Q, and beta stays equal. Public
code leaves (4) out and keeps the kernels' weights equal:
`kernel_weights="equal"`.

Cost of a step: O(b^2 p) time, O(b^2 + b p) memory; linear: O(b p) time, O(b p)
memory for a batch of b and layers of p in all.
"""

import numpy as np
import torch
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls
from sklearn.utils._param_validation import StrOptions
from torch import nn

from tlbook.base import NON_NEGATIVE
from tlbook.deep._training import DeepClassifier, ramp
from tlbook.discrepancy import mk_mmd2
from tlbook.discrepancy.mmd import ESTIMATES, pair_distances, pair_terms

QP_SAMPLES = 500
EPS = 1e-3


def bandwidths(Zs, Zt, exponents):
    """Return gamma_u = 2^-e_u / m, with m the median squared distance over pairs of samples.

    The pairs are those of (3), so that the cost is linear.

    Parameters
    ----------
    Zs, Zt : Tensor of shape (n, p)
    exponents : sequence of float

    Returns
    -------
    list of float, zeros where at least half of the pairs coincide
    """
    median = float(pair_distances(Zs.detach(), Zt.detach()).median())
    return [2.0**-e / median if median > 0 else 0.0 for e in exponents]


def kernel_terms(Zs, Zt, gammas):
    """Return g of equation (3), one column per kernel.

    Parameters
    ----------
    Zs, Zt : ndarray of shape (n, p)
    gammas : sequence of float, m of them

    Returns
    -------
    ndarray of shape (n // 2, m)
    """
    return np.column_stack(
        [pair_terms([Zs], [Zt], [([gamma], [1.0])]) for gamma in gammas]
    )


def term_covariance(g):
    """Return Q of equation (5), from neighboring terms.

    Parameters
    ----------
    g : ndarray of shape (n, m)

    Returns
    -------
    ndarray of shape (m, m)
    """
    pairs = len(g) // 2
    steps = g[1 : 2 * pairs : 2] - g[: 2 * pairs : 2]  # (n // 2, m)
    return steps.T @ steps / (2 * pairs)


def kernel_weights(d, Q, eps=EPS):
    """Return the solution beta of (4), scaled to sum 1.

    Up to its scale it is the solution of  min |R beta - R^-T d|^2, beta >= 0,  R'R = Q + eps I.

    Parameters
    ----------
    d : ndarray of shape (m,)
    Q : ndarray of shape (m, m), positive semi-definite
    eps : float > 0
        In units of the mean variance of the terms.

    Returns
    -------
    ndarray of shape (m,), or None if no d_u is positive: no beta satisfies d'beta
    = 1
    """
    if d.max() <= 0:
        return None
    scale = max(np.trace(Q) / len(d), 1e-12)
    R = cholesky(Q / scale + eps * np.eye(len(d)))
    beta, _ = nnls(R, solve_triangular(R, d, trans="T"))
    return beta / beta.sum()


class DAN(DeepClassifier):
    """Deep adaptation network: multi-kernel MMD on several layers.

    Parameters
    ----------
    weight : float >= 0
        lambda of equation (2).
    layers : sequence of {"features", "bottleneck", "logits"}
    exponents : sequence of float
        One kernel each, with 2^e times the median squared distance as its width.
    estimate : {"biased", "unbiased", "linear"}
        Of the MMD; the paper's is "linear".
    kernel_weights : {"learned", "equal"}
        beta of (4), or 1/m.
    **training
        See `DeepClassifier`.

    Attributes
    ----------
    betas_ : dict of str to ndarray of shape (m,)
        Weights of the kernels of each layer.

    References
    ----------
    Long et al., ICML 2015.
    """

    _follows_progress = True
    _parameter_constraints = {
        "weight": NON_NEGATIVE,
        "layers": [tuple, list],
        "exponents": [tuple, list],
        "estimate": [StrOptions(set(ESTIMATES))],
        "kernel_weights": [StrOptions({"learned", "equal"})],
    }

    def __init__(
        self,
        weight=1.0,
        layers=("bottleneck", "logits"),
        exponents=(-2, -1, 0, 1, 2),
        estimate="biased",
        kernel_weights="learned",
        **training,
    ):
        super().__init__(**training)
        self.weight = weight
        self.layers = layers
        self.exponents = exponents
        self.estimate = estimate
        self.kernel_weights = kernel_weights

    @property
    def betas_(self):
        return {
            l: beta.cpu().numpy()
            for l, beta in self.extras_.betas.named_buffers()
        }

    def _weight(self, progress):
        return self.weight * ramp(progress)

    def _extras(self, outputs):
        betas, m = nn.Module(), len(self.exponents)
        if m == 0:
            raise ValueError("exponents is empty; at least one kernel is needed")
        for layer in self.layers:
            betas.register_buffer(
                layer, torch.full((m,), 1 / m, dtype=torch.float64)
            )
        return {"betas": betas}

    def _begin_epoch(self, phase, epoch, data):
        self._weights = {
            l: beta.tolist() for l, beta in self.extras_.betas.named_buffers()
        }
        if self.kernel_weights == "equal" or data.target is None:
            return
        n = min(len(data.source), len(data.target), QP_SAMPLES)
        if n < 4:  # two terms of (3), of two samples each, are the least for (5)
            return
        self.network_.eval()  # a look at the samples moves no statistics
        source, target = (
            list(self._chunks(domain, torch.randperm(len(domain))[:n]))
            for domain in (data.source, data.target)
        )
        self._training_mode()
        for layer in self.layers:
            Zs, Zt = (
                torch.cat([getattr(out, layer) for out in outputs]).cpu().double()
                for outputs in (source, target)
            )
            g = kernel_terms(
                Zs.numpy(), Zt.numpy(), bandwidths(Zs, Zt, self.exponents)
            )
            beta = kernel_weights(g.mean(axis=0), term_covariance(g))
            # else no kernel sees a difference: they stay as they are
            if beta is not None:
                self.extras_.betas.get_buffer(layer).copy_(torch.from_numpy(beta))
                self._weights[layer] = beta.tolist()

    def _penalty(self, source, target, progress):
        total = 0.0
        for layer in self.layers:
            Zs, Zt = getattr(source, layer), getattr(target, layer)
            gammas = bandwidths(Zs, Zt, self.exponents)
            total = total + mk_mmd2(
                Zs, Zt, gammas, self._weights[layer], self.estimate
            )
        return total
