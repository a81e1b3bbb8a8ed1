"""In-context learning: a transformer that learns to learn linear regression.

Garg S., Tsipras D., Liang P., Valiant G. What can transformers learn in-context? A
case study of simple function classes. NeurIPS 2022.
https://doi.org/10.48550/arXiv.2208.01066
von Oswald J. et al. Transformers learn in-context by gradient descent. ICML 2023.
https://proceedings.mlr.press/v202/von-oswald23a.html

A task is a set of samples with numbers as labels.  The first n of them, with their
labels, are the context; the others are questions.  Nothing is fitted to the task:
its context is an input of the network, which was trained on many other tasks.

    c_i = (x_i, y_i),  q = (x, 0)                   tokens of a context, a question
    e  <-  e + V (1/n sum_i c_i c_i') A e           a layer of attention, e = c_i or q   (1)
    answer(x) = minus the last entry of q after all layers                            (2)
    min over V, A of each layer:  mean over tasks and questions of (answer - y)^2     (3)

    x (d,)   V, A (d + 1, d + 1) of each layer    (1/n sum_i c_i c_i') (d + 1, d + 1)

Attention without a softmax, so that (1) is an equation that one can compute with:
one layer with A = diag(1, ..., 1, 0) and V = diag(0, ..., 0, -c) answers

    answer(x) = c x' (1/n sum_i y_i x_i),                                             (4)

a step of length c down the squared error, from the weights zero.

Cost of a step: O(b L n d^2) time, O(b L n d) memory for a batch of b tasks of n
samples, L layers.
"""

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import nn
from tqdm import tqdm

from tlbook.base import COUNT, POSITIVE
from tlbook.validation import check_matrix, check_vector, check_width

START = 0.1  # standard deviation of the first weights
LARGEST_STEP = 1.0  # norm at which a gradient is cut


def attend(tokens, context, V, A):
    """Return the tokens after one layer, equation (1).

    Parameters
    ----------
    tokens : tensor of shape (b, m, d + 1)
    context : tensor of shape (b, n, d + 1)
    V, A : tensor of shape (d + 1, d + 1)

    Returns
    -------
    tensor of shape (b, m, d + 1)
    """
    scatter = context.mT @ context / context.shape[1]
    return tokens + tokens @ (V @ scatter @ A).mT


class LinearAttention(nn.Module):
    """Layers of equation (1), and the answers that they give, equation (2).

    Parameters
    ----------
    d : int
        Features of a sample.
    n_layers : int
    """

    def __init__(self, d, n_layers):
        super().__init__()
        shape = (n_layers, d + 1, d + 1)
        self.V = nn.Parameter(START * torch.randn(shape))
        self.A = nn.Parameter(START * torch.randn(shape))

    def forward(self, X, y, questions):
        """Return the answers.

        Parameters
        ----------
        X : tensor of shape (b, n, d)
        y : tensor of shape (b, n)
        questions : tensor of shape (b, m, d)

        Returns
        -------
        tensor of shape (b, m)
        """
        context = torch.cat([X, y[..., None]], dim=2)
        tokens = nn.functional.pad(questions, (0, 1))  # a zero for the label
        for V, A in zip(self.V, self.A):
            tokens, context = (
                attend(tokens, context, V, A),
                attend(context, context, V, A),
            )
        return -tokens[..., -1]


class InContextRegressor(BaseEstimator):
    """A transformer with linear attention, trained on tasks, asked with a context.

    Parameters
    ----------
    n_layers : int
    n_context : int
        Samples of a training task that are its context; the others are questions.
    max_epochs : int
        Passes over the training tasks.
    batch_size : int
        Tasks in a step.
    lr : float > 0
        Largest learning rate of Adam; it rises and falls once.
    progress : bool
        Whether a bar shows the epochs.
    random_state : int, RandomState or None

    Attributes
    ----------
    network_ : LinearAttention
    history_ : list of float
        The mean of (3) in each epoch.
    n_features_in_ : int
    """

    _parameter_constraints = {
        "n_layers": COUNT,
        "n_context": COUNT,
        "max_epochs": COUNT,
        "batch_size": COUNT,
        "lr": POSITIVE,
        "progress": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_layers=4,
        n_context=12,
        max_epochs=12,
        batch_size=256,
        lr=0.02,
        progress=False,
        random_state=None,
    ):
        self.n_layers = n_layers
        self.n_context = n_context
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.progress = progress
        self.random_state = random_state

    def fit(self, X, y):
        """Train on tasks.

        Parameters
        ----------
        X : array-like of shape (n_tasks, n_context + m, d)
            Samples of each task, in no order.
        y : array-like of shape (n_tasks, n_context + m)
            Their labels, numbers.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For another shape, no question beside the context, NaN or infinity.
        """
        self._validate_params()
        X, y = _tasks(X, y)
        if X.shape[1] <= self.n_context:
            raise ValueError(
                f"X has {X.shape[1]} samples in each task, all of them context "
                f"(n_context={self.n_context}): no question is left. Give more, or "
                "lower n_context"
            )
        rng = check_random_state(self.random_state)
        n, self.n_features_in_ = self.n_context, X.shape[2]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(rng.randint(2**31))
            network = LinearAttention(self.n_features_in_, self.n_layers)
        optimizer = torch.optim.Adam(network.parameters(), self.lr)
        steps = -(-len(X) // self.batch_size)
        rate = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, self.lr, total_steps=self.max_epochs * steps
        )
        self.history_ = []
        for _ in tqdm(range(self.max_epochs), disable=not self.progress):
            order, total = torch.as_tensor(rng.permutation(len(X))), 0.0
            for rows in order.split(self.batch_size):
                answers = network(X[rows, :n], y[rows, :n], X[rows, n:])
                loss = torch.mean((answers - y[rows, n:]) ** 2)  # (3)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), LARGEST_STEP)
                optimizer.step()
                rate.step()
                total += loss.item() * len(rows)
            self.history_.append(total / len(X))
        self.network_ = network
        return self

    def predict(self, X, context, labels):
        """Answer the questions of one task.

        Parameters
        ----------
        X : array-like of shape (m, d)
            The questions.
        context : array-like of shape (n, d)
            Samples of the task, as many as there are.
        labels : array-like of shape (n,)

        Returns
        -------
        ndarray of shape (m,)

        Raises
        ------
        ValueError
            For other widths, NaN or infinity.
        """
        check_is_fitted(self)
        X, context = check_matrix(X, "X"), check_matrix(context, "context")
        for part, name in ((X, "X"), (context, "context")):
            check_width(part, name, self.n_features_in_, "the training tasks")
        labels = check_vector(labels, "labels", len(context), "context")
        parts = (
            torch.as_tensor(part, dtype=torch.float32)[None]
            for part in (context, labels, X)
        )
        with torch.no_grad():
            return self.network_(*parts)[0].numpy().astype(float)


def _tasks(X, y):
    """Return tasks as tensors, or say what is wrong with them."""
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 3:
        raise ValueError(
            f"X (tasks) has shape {X.shape}; (tasks, samples of each, features) is "
            "needed"
        )
    if y.shape != X.shape[:2]:
        raise ValueError(
            f"y (tasks) has shape {y.shape}, X {X.shape}: a number for each sample "
            f"is needed, shape {X.shape[:2]}"
        )
    flat = check_matrix(X.reshape(-1, X.shape[2]), "X (tasks)")
    labels = check_vector(y.ravel(), "y (tasks)")
    return (
        torch.as_tensor(flat.reshape(X.shape), dtype=torch.float32),
        torch.as_tensor(labels.reshape(y.shape), dtype=torch.float32),
    )
