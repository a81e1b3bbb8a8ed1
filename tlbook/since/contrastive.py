"""Contrastive pre-training of images and captions, and zero-shot classes by text.

Radford A. et al. Learning transferable visual models from natural language
supervision. ICML 2021.  https://proceedings.mlr.press/v139/radford21a.html
van den Oord A., Li Y., Vinyals O. Representation learning with contrastive
predictive coding. 2018.  https://arxiv.org/abs/1807.03748

A batch is N images x_i with their captions t_i.  Two towers f and g map both into
one space, to vectors of length one.  The score of a pair is their product over a
learned temperature tau; the caption that belongs to an image is a class, the others
of the batch are the wrong ones, and the same the other way round:

    s_ij = f(x_i)' g(t_j) / tau                                              (1)
    L = -1/2N sum_i (log softmax_j s_ij at j = i  +  log softmax_j s_ji at j = i)   (2)

Whatever the towers, no score is better on average than

    s(x, t) = log P(x, t) / (P(x) P(t)) + constant,                          (3)

the pointwise mutual information of image and caption.  A class is then told in
words, in several sentences t_ck, and nothing is trained:

    class of x = argmax_c  f(x)' g_c,   g_c = mean_k g(t_ck), of length one    (4)

    f(x), g(t)  (k,)      s  (N, N)      tau > 0

The text tower is a bag of words: the mean of the vectors of the words.

Cost of a step: O(b p) time, O(b p) memory for a batch of b pairs, p what the towers
cost for one of them; beside that the b^2 products of (1) are few.

Deviations.  A small convolutional network and a bag of words stand for the deep
towers of Radford et al.; the temperature is not bounded.
"""

import re

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import nn
from tqdm import tqdm

from tlbook.base import COUNT, POSITIVE

TEMPERATURE = 0.07  # at the start
WORDS = re.compile(r"\w+")


def contrastive_loss(scores):
    """Return equation (2).

    Parameters
    ----------
    scores : tensor of shape (N, N)
        Of image i and caption j; those that belong together on the diagonal.

    Returns
    -------
    tensor, scalar
    """
    own = torch.arange(len(scores))
    of_images = nn.functional.cross_entropy(scores, own)
    of_captions = nn.functional.cross_entropy(scores.T, own)
    return (of_images + of_captions) / 2


class Towers(nn.Module):
    """The two towers and the temperature of equation (1).

    Parameters
    ----------
    n_channels, n_words, n_components : int
    """

    def __init__(self, n_channels, n_words, n_components):
        super().__init__()
        self.image = nn.Sequential(
            nn.Conv2d(n_channels, 16, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1),
            nn.AdaptiveMaxPool2d(1),  # what is there, wherever it is
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64, n_components),
        )
        self.text = nn.Linear(n_words, n_components, bias=False)
        self.log_scale = nn.Parameter(-torch.tensor(TEMPERATURE).log())

    def forward(self, images, bags):
        """Return the scores, (N, N)."""
        f, g = unit(self.image(images)), unit(self.text(bags))
        return self.log_scale.exp() * f @ g.T


def unit(vectors):
    """Return vectors of length one, along the last axis."""
    return nn.functional.normalize(vectors, dim=-1)


class ContrastivePretraining(BaseEstimator):
    """Two towers that know which caption belongs to which image.

    Parameters
    ----------
    n_components : int
        Dimension of the common space.
    max_epochs : int
    batch_size : int
        Pairs in a batch; each is held against all others of it.
    lr : float > 0
        Largest learning rate of Adam; it rises and falls once.
    progress : bool
        Whether a bar shows the epochs.
    random_state : int, RandomState or None

    Attributes
    ----------
    towers_ : Towers
    vocabulary_ : dict
        The words of the captions, in alphabetical order, and their numbers.
    temperature_ : float
    history_ : list of float
        The mean of (2) in each epoch.
    """

    _parameter_constraints = {
        "n_components": COUNT,
        "max_epochs": COUNT,
        "batch_size": COUNT,
        "lr": POSITIVE,
        "progress": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components=32,
        max_epochs=15,
        batch_size=128,
        lr=0.01,
        progress=False,
        random_state=None,
    ):
        self.n_components = n_components
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.progress = progress
        self.random_state = random_state

    def fit(self, X, captions):
        """Train both towers on pairs.

        Parameters
        ----------
        X : array-like of shape (n, channels, height, width)
            At least 4 pixels high and wide.
        captions : sequence of str
            One for each image.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For another shape, another number of captions, a caption without a
            word, NaN or infinity.
        """
        self._validate_params()
        X, captions = _images(X, None), _sentences(captions, "captions")
        if len(captions) != len(X):
            raise ValueError(
                f"captions has {len(captions)} entries, X {len(X)} images: one "
                "for each is needed"
            )
        if len(X) < 2:
            raise ValueError("X has 1 image; two pairs are the least")
        words = sorted({w for caption in captions for w in _words(caption)})
        self.vocabulary_ = {word: k for k, word in enumerate(words)}
        bags = self._bags(captions)
        rng = check_random_state(self.random_state)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(rng.randint(2**31))
            towers = Towers(X.shape[1], len(words), self.n_components)
        optimizer = torch.optim.Adam(towers.parameters(), self.lr)
        size = min(self.batch_size, len(X))
        steps = len(X) // size  # all batches are of one size
        rate = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, self.lr, total_steps=self.max_epochs * steps
        )
        self.history_ = []
        for _ in tqdm(range(self.max_epochs), disable=not self.progress):
            order, total = torch.as_tensor(rng.permutation(len(X))), 0.0
            for rows in order[: steps * size].split(size):
                loss = contrastive_loss(towers(X[rows], bags[rows]))  # (2)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                rate.step()
                total += loss.item()
            self.history_.append(total / steps)
        self.towers_ = towers.eval()
        self.temperature_ = float(torch.exp(-towers.log_scale.detach()))
        return self

    def transform(self, X):
        """Return f(x) of images.

        Parameters
        ----------
        X : array-like of shape (n, channels, height, width)

        Returns
        -------
        ndarray of shape (n, n_components), rows of length one
        """
        check_is_fitted(self)
        X = _images(X, self.towers_.image[0].in_channels)
        with torch.no_grad():
            return unit(self.towers_.image(X)).numpy()

    def encode_text(self, sentences):
        """Return g(t) of sentences; a word that no caption had counts as nothing.

        Parameters
        ----------
        sentences : sequence of str

        Returns
        -------
        ndarray of shape (n, n_components), rows of length one, or zero where no
        word is known
        """
        check_is_fitted(self)
        bags = self._bags(_sentences(sentences, "sentences"))
        with torch.no_grad():
            return unit(self.towers_.text(bags)).numpy()

    def predict(self, X, prompts):
        """Return which class, told in words, an image shows, equation (4).

        Parameters
        ----------
        X : array-like of shape (n, channels, height, width)
        prompts : sequence, one entry for each class
            A sentence, or several of them in a list.

        Returns
        -------
        ndarray of int, shape (n,)
            Places in `prompts`.
        """
        several = [[p] if isinstance(p, str) else p for p in prompts]
        classes = torch.as_tensor(
            np.array([self.encode_text(p).mean(axis=0) for p in several])
        )
        return np.argmax(self.transform(X) @ unit(classes).numpy().T, axis=1)

    def _bags(self, sentences):
        """Return the share of each word of the vocabulary, (n, n_words)."""
        bags = torch.zeros(len(sentences), len(self.vocabulary_))
        for bag, sentence in zip(bags, sentences):
            words = _words(sentence)
            for word in words:
                if word in self.vocabulary_:
                    bag[self.vocabulary_[word]] += 1 / len(words)
        return bags


def _words(sentence):
    return WORDS.findall(sentence.lower())


def _sentences(sentences, name):
    """Return sentences as a list, or say what is wrong with them."""
    if isinstance(sentences, str):
        raise ValueError(f"{name} is one string; give a list of them")
    sentences = list(sentences)
    for k, sentence in enumerate(sentences):
        if not isinstance(sentence, str) or not _words(sentence):
            raise ValueError(
                f"{name} has {sentence!r} in place {k}; a string with a word in it "
                "is needed"
            )
    return sentences


def _images(X, n_channels):
    """Return images as a tensor, or say what is wrong with them."""
    X = np.asarray(X, dtype=np.float32)
    if X.ndim != 4 or min(X.shape[2:]) < 4:
        raise ValueError(
            f"X (images) has shape {X.shape}; (n, channels, height, width) is "
            "needed, at least 4 pixels high and wide"
        )
    if n_channels not in (None, X.shape[1]):
        raise ValueError(
            f"X (images) has {X.shape[1]} channels, the training images have "
            f"{n_channels}"
        )
    if not np.isfinite(X).all():
        raise ValueError("X (images) contains NaN or infinity")
    return torch.as_tensor(X)
