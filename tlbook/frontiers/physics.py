"""Supervision by a law of physics instead of labels.

Stewart R., Ermon S. Label-free supervision of neural networks with physics and
domain knowledge. AAAI 2017, 2576-2582.  https://doi.org/10.1609/aaai.v31i1.10934

A network f sees one frame x_i of a clip at a time and outputs one number f_i =
f(x_i).  No label is given.  What is known is the law that the N numbers of a clip
must obey together:

    y_i = a_i + y0 + v0 t_i,   t_i = i dt,   a_i = -1/2 g t_i^2                (1)
    f^  = a + P (f - a),       P = A (A'A)^-1 A',   rows of A: (1, t_i)        (2)
    L   = sum_i |f^_i - f_i|                                                   (3)

f^ is the law's trajectory nearest to f: the unknown y0 and v0 are fitted by least
squares.  For a person who walks at constant speed a = 0, and then a constant f
has no loss; two more terms on the numbers of the whole batch exclude it, though
not a constant for each clip, where (4) is smaller than at the true places: frames
that show which clip they are from lead there.

    L   = mean |P f - f| - 0.6 std(f) + 0.8 (max(0, max f - 10) + max(0, -min f))       (4)

The share of the motion within the clips that is not straight has its minimum,
zero, at the true places, whatever the frames show beside them; a constant for
each clip costs nothing and earns nothing.

    L   = sum |f - P f|^2 / sum |f - mean f|^2,   mean f: of each clip         (5)

    f, y, t, a  (N,) or, for a batch of clips, f (n, N)
    A  (N, 2),  P  (N, N)

Deviations.  (5) is this book's.  The paper leaves out the factor 1/2 of a, which
changes the unit of the heights; with it they are meters.  Its network has three
blocks of convolution and pooling; here the strides of the convolutions do the
pooling, as often as the picture needs.

Cost of a step: O(b N) time, O(b N) memory for b clips of N frames: a pass of the
network for each frame, and N^2 for (2).
"""

import copy
from numbers import Real

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import nn

from tlbook.base import COUNT, POSITIVE
from tlbook.deep._training import find_device
from tlbook.frontiers._frame_network import frame_network, train
from tlbook.frontiers._physics_laws import BOUND as BOUND
from tlbook.frontiers._physics_laws import HIGHEST as HIGHEST
from tlbook.frontiers._physics_laws import (
    LAWS,
    bent_share,
    falling_loss,
    free_fall,
    motion_matrix,
    projection,
    walking_loss,
)
from tlbook.frontiers._physics_laws import SPREAD as SPREAD
from tlbook.frontiers._physics_laws import STILL as STILL
from tlbook.frontiers._physics_laws import nearest_motion as nearest_motion


def without_scene(X):
    """Return clips less the median frame of each: what stands still is gone.

    Parameters
    ----------
    X : ndarray of shape (n_clips, N, channels, height, width)
        N >= 3.  What moves slowly is in the median, too, and leaves a shadow.

    Returns
    -------
    ndarray of the shape of X
    """
    return X - np.median(X, axis=1, keepdims=True)


class PhysicsSupervised(BaseEstimator):
    """Learn to measure a moving thing from clips without labels.

    Parameters
    ----------
    law : {"free fall", "constant velocity", "straight"} or callable
        (3), (4) or (5).  A law of your own gets the outputs of a batch of clips,
        a tensor of shape (b, N), and returns one number, a tensor, that is
        smallest where the law holds.
    dt : float > 0
        Seconds between two frames.
    g : float > 0
        Acceleration of the free fall, in the unit in which heights shall be told,
        per s^2.
    network : torch module or None
        (b, channels, height, width) -> (b, 1); it is copied, and training starts
        from its weights.  None is `frame_network`.
    max_epochs, batch_size : int
        A batch is a number of clips.
    learning_rate : float > 0
    device : str or torch.device
        Where torch computes; "auto" is CUDA where there is one.
    progress : bool
    random_state : int, RandomState or None
        Of the first weights and of the batches.

    Attributes
    ----------
    network_ : torch module
    history_ : list of float, mean loss of each epoch

    References
    ----------
    Stewart and Ermon, AAAI 2017.
    """

    _parameter_constraints = {
        "law": [StrOptions(set(LAWS)), callable],
        "dt": POSITIVE,
        "g": POSITIVE,
        "network": [nn.Module, None],
        "max_epochs": COUNT,
        "batch_size": COUNT,
        "learning_rate": [Interval(Real, 0, 1, closed="neither")],
        "device": [str, torch.device],
        "progress": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        law="free fall",
        dt=0.1,
        g=9.81,
        network=None,
        max_epochs=10,
        batch_size=16,
        learning_rate=1e-3,
        device="cpu",
        progress=False,
        random_state=None,
    ):
        self.law = law
        self.dt = dt
        self.g = g
        self.network = network
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.device = device
        self.progress = progress
        self.random_state = random_state

    def fit(self, X, y=None):
        """Train the network on the law alone.

        Parameters
        ----------
        X : ndarray of shape (n_clips, N, channels, height, width)
            Clips of N >= 3 frames: two frames obey (1) whatever they are.  For a
            law of your own N may be what you like.
        y : None
            There are no labels.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For other shapes, NaN or infinite values, frames that are all alike,
            or given labels; for a network or a law that does not return one
            number.
        FloatingPointError
            If the training diverges.
        """
        self._validate_params()
        self.device_ = find_device(self.device)
        if y is not None:
            raise ValueError(
                f"{type(self).__name__} learns without labels, but y was given"
            )
        X = self._check_clips(X)
        if isinstance(self.law, str) and X.shape[1] < 3:
            raise ValueError(
                f"X has clips of {X.shape[1]} frames; a law needs at least 3"
            )
        self.frame_shape_, self.mean_, self.scale_ = (
            X.shape[2:],
            float(X.mean()),
            float(X.std()),
        )
        if self.scale_ == 0:
            raise ValueError("all pixels of X are equal: there is nothing to see")
        rng = check_random_state(self.random_state)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(rng.randint(2**31))
            frames = self._tensor(X)
            self.network_ = self._first_network(frames[:1, 0])
            self.network_.train()
            self.history_ = train(
                self.network_,
                frames,
                self._law(X.shape[1]),
                self.max_epochs,
                self.batch_size,
                self.learning_rate,
                rng,
                self.progress,
            )
        self.network_.eval()
        return self

    def _first_network(self, frame):
        """Return the network to train, which makes one number of one frame."""
        if self.network is None:
            return frame_network(*self.frame_shape_).to(self.device_)
        network = copy.deepcopy(self.network).to(self.device_).eval()
        try:
            with torch.no_grad():
                shape = tuple(network(frame).shape)
        except RuntimeError as error:
            raise ValueError(
                f"network cannot take frames of shape {self.frame_shape_}: "
                f"{error}"
            ) from error
        if shape != (1, 1):
            raise ValueError(
                f"network makes {shape} of one frame; it must make (1, 1)"
            )
        return network

    def _own_law(self, f, rows):
        """Return what a law of the user's own says of a batch."""
        value = self.law(f)
        if getattr(value, "shape", None) != ():
            raise ValueError(
                f"law must return one number, a tensor of shape (), not {value!r}"
            )
        return value

    def _law(self, n_frames):
        """Return the loss of a batch of clips."""
        if callable(self.law):
            return self._own_law
        P, a = (
            projection(motion_matrix(n_frames, self.dt)),
            free_fall(n_frames, self.dt, self.g),
        )
        P, a = (
            torch.as_tensor(v, dtype=torch.float32, device=self.device_)
            for v in (P, a)
        )
        if self.law == "free fall":
            return lambda f, rows: falling_loss(f, a, P)
        law = walking_loss if self.law == "constant velocity" else bent_share
        return lambda f, rows: law(f, P)

    def _check_clips(self, X):
        X = np.asarray(X)
        if X.ndim != 5 or 0 in X.shape:
            raise ValueError(
                f"X has shape {X.shape}; it must be (n_clips, frames, channels, "
                "height, width)"
            )
        if X.dtype.kind not in "fiu":
            raise ValueError(f"X must hold real numbers, not {X.dtype}")
        if not np.isfinite(X).all():
            raise ValueError("X contains NaN or infinite values")
        return X

    def _tensor(self, X):
        return torch.as_tensor(
            (X - self.mean_) / self.scale_, dtype=torch.float32
        ).to(self.device_)

    def predict(self, X):
        """Measure each frame on its own.

        Parameters
        ----------
        X : ndarray of shape (n_clips, N, channels, height, width)
            N may differ from that of `fit`.

        Returns
        -------
        ndarray of shape (n_clips, N)
            Heights up to one constant, or places up to place, direction and
            scale.
        """
        check_is_fitted(self)
        X = self._check_clips(X)
        if X.shape[2:] != self.frame_shape_:
            raise ValueError(
                f"X has frames of shape {X.shape[2:]}, fit saw "
                f"{self.frame_shape_}"
            )
        with torch.inference_mode():
            f = [
                self.network_(part.flatten(0, 1))
                for part in self._tensor(X).split(64)
            ]
        return torch.cat(f).view(X.shape[:2]).cpu().numpy()

    def score(self, X, y):
        """Return the correlation with the truth `y` of shape (n_clips, N), all frames pooled.

        A prediction that is one constant has none: the score is NaN.
        """
        f = self.predict(X)
        if np.shape(y) != f.shape:
            raise ValueError(
                f"y has shape {np.shape(y)}, the frames of X have {f.shape}; give "
                "one number a frame"
            )
        return (
            float(np.corrcoef(f.ravel(), np.ravel(y))[0, 1])
            if np.ptp(f) > 0
            else float("nan")
        )
