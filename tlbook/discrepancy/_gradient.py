"""The gradient of the maximum mean discrepancy in closed form, for Torch."""

import torch
from torch.autograd.function import once_differentiable

from tlbook.kernels import squared_distances


class KernelSum(torch.autograd.Function):
    """sum_ij L_ij prod_l k_l(z_i, z_j) over pooled samples, L symmetric.

    With k_l a function of the squared distance D_l, and G_l = L * k_l'(D_l) * the other kernels,

        gradient in the samples Z_l:   4 (diag(G_l 1) - G_l) Z_l
    """

    @staticmethod
    def forward(ctx, L, kernels, *layers):
        values, slopes = [], []
        for Z, (gammas, betas) in zip(layers, kernels):
            D = squared_distances(Z)  # (n, n)
            value, slope = torch.zeros_like(D), torch.zeros_like(D)
            for gamma, beta in zip(gammas, betas):
                k = torch.exp(D * -gamma)
                value.add_(k, alpha=beta)
                slope.add_(k, alpha=-beta * gamma)
            values.append(value)
            slopes.append(slope)
        gradients = []
        for l, Z in enumerate(layers):
            G = L * slopes[l]
            for m, value in enumerate(values):
                G = G if m == l else G.mul_(value)
            gradients.append(4 * (G.sum(dim=1, keepdim=True) * Z - G @ Z))
        ctx.save_for_backward(*gradients)
        for value in values:
            L = L * value
        return L.sum()

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        return None, None, *(gradient * G for G in ctx.saved_tensors)
