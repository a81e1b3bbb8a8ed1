"""The gradient of the maximum mean discrepancy in closed form, for Torch."""

from math import nan

import torch
from torch.autograd.function import once_differentiable

AT_ONCE = 2**14  # entries whose kernels stay in the cache


class KernelSum(torch.autograd.Function):
    """sum_ij L_ij prod_l k_l(z_i, z_j) over pooled samples, L symmetric.

    With k_l a function of the squared distance D_l, and G_l = L * k_l'(D_l) * the
    other kernels,

        gradient in the samples Z_l:   4 (diag(G_l 1) - G_l) Z_l
    """

    @staticmethod
    def forward(ctx, L, kernels, *layers):
        values, slopes = [], []
        for Z, (gammas, betas) in zip(layers, kernels):
            value, slope = value_and_slope(distances(Z), gammas, betas)
            values.append(value)
            slopes.append(slope)
        gradients = []
        for l, Z in enumerate(layers):
            G = slopes[l].mul_(L)
            for m, value in enumerate(values):
                G = G if m == l else G.mul_(value)
            gradients.append(
                torch.addmm(G.sum(dim=1, keepdim=True) * Z, G, Z, alpha=-1).mul_(
                    4
                )
            )
        ctx.save_for_backward(*gradients)
        for value in values:
            L = L * value
        return L.sum()

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        return None, None, *(gradient * G for G in ctx.saved_tensors)


def distances(Z):
    """Return the squared distances within Z, as `squared_distances`, with one pass over the matrix.

    Parameters
    ----------
    Z : Tensor of shape (n, d)

    Returns
    -------
    Tensor of shape (n, n)
    """
    Z = Z - Z.mean(dim=0)
    z = torch.linalg.vecdot(Z, Z)
    return torch.addmm(z, Z, Z.T, alpha=-2).add_(z[:, None]).clamp_(min=0)


def value_and_slope(D, gammas, betas):
    """Return sum_u beta_u k_u(D) and its derivative in D, for k_u(D) = exp(-gamma_u D).

    A kernel of twice the gamma is the square of the one before: of widths that are
    powers of two, one exponential serves all.

    Parameters
    ----------
    D : Tensor of shape (n, n)
    gammas, betas : sequence of float, m of them

    Returns
    -------
    value, slope : Tensor of shape (n, n)
    """
    value, slope = torch.zeros_like(D), torch.zeros_like(D)
    kernels = sorted(zip(gammas, betas))
    for some, v, w in zip(
        *(M.flatten().split(AT_ONCE) for M in (D, value, slope))
    ):
        k, last = None, nan
        for gamma, beta in kernels:
            if gamma == 2 * last:
                k = k.square_()
            else:
                k = torch.mul(some, -gamma).exp_()
            v.add_(k, alpha=beta)
            w.add_(k, alpha=-beta * gamma)
            last = gamma
    return value, slope
