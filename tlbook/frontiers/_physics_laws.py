"""The laws of motion that replace labels, and how far outputs are from obeying them.

The numbers of equations and the symbols are those of `physics`.
"""

import numpy as np
import torch

LAWS = ("free fall", "constant velocity", "straight")
HIGHEST, SPREAD, BOUND = 10.0, 0.6, 0.8  # of (4)
STILL = 1e-6  # motion, in squared units, below which outputs count as none in (5)


def motion_matrix(n_frames, dt):
    """Return A of (2), one row (1, t_i) per frame, shape (n_frames, 2)."""
    times = dt * np.arange(n_frames)
    return np.column_stack([np.ones(n_frames), times])


def projection(A):
    """Return P of (2), the orthogonal projection onto the columns of A."""
    return A @ np.linalg.solve(A.T @ A, A.T)


def free_fall(n_frames, dt, g=9.81):
    """Return a of (1), the part of the trajectory that gravity fixes, shape (n_frames,)."""
    return -g / 2 * (dt * np.arange(n_frames)) ** 2


def nearest_motion(f, a, P):
    """Return f^ of (2) for a batch f of shape (n, N); arrays or tensors."""
    return a + (f - a) @ P  # P is symmetric


def falling_loss(f, a, P):
    """Return (3), averaged over the clips of a batch f of shape (n, N)."""
    return abs(nearest_motion(f, a, P) - f).sum(1).mean()


def walking_loss(f, P):
    """Return (4) of a batch f of shape (n, N), a tensor."""
    straight = abs(f @ P - f).mean()
    outside = torch.relu(f.max() - HIGHEST) + torch.relu(-f.min())
    return straight - SPREAD * f.std(correction=0) + BOUND * outside


def bent_share(f, P):
    """Return (5) of a batch f of shape (n, N), arrays or tensors: 0 straight, 1 no motion."""
    bent = ((f - f @ P) ** 2).sum()
    motion = ((f - f.mean(1)[:, None]) ** 2).sum()
    return (bent + STILL) / (motion + STILL)
