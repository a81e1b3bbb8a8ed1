"""Technical English that is on every machine of this book: the docstrings of its libraries.

A document is the docstring of a public function, class or method; its topic is
the label, its library the domain.  The libraries share their topics, but each has
words and habits of its own. Dotted names, which would give the topic away, are
removed, and so are documents that two libraries have in common, such as that of
`LinAlgError`, which SciPy takes over from NumPy.
"""

import importlib
import inspect
import re
from functools import lru_cache
from zlib import crc32

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from tlbook.datasets.pair import DomainPair, check_names

TOPICS = (
    "linear algebra",
    "Fourier and signals",
    "random and statistics",
    "special functions",
)
PRODUCTS = "dot einsum inner kron outer tensordot trace vdot"
WINDOWS = "bartlett blackman convolve correlate hamming hanning kaiser unwrap"
# modules for each topic, in the order of TOPICS; a colon precedes chosen members
SOURCES = {
    "numpy": (
        ["numpy.linalg", f"numpy:{PRODUCTS}"],
        ["numpy.fft", f"numpy:{WINDOWS}"],
        ["numpy.random", "numpy.random.Generator"],
        [
            "numpy.polynomial.chebyshev",
            "numpy.polynomial.legendre",
            "numpy.polynomial.hermite",
        ],
    ),
    "scipy": (
        ["scipy.linalg", "scipy.sparse.linalg"],
        ["scipy.fft", "scipy.signal"],
        ["scipy.stats"],
        ["scipy.special"],
    ),
    "torch": (
        ["torch.linalg", f"torch:{PRODUCTS} addmm bmm"],
        ["torch.fft", "torch.signal.windows", "torch:istft stft"],
        [
            "torch.distributions",
            "torch:bernoulli multinomial normal poisson rand",
        ],
        ["torch.special"],
    ),
}
LICENSE = (
    "docstrings of NumPy and SciPy (BSD-3) and PyTorch (BSD-style), as installed"
)
DOTTED = re.compile(r"\w+(?:\.\w+)+")
WORD = r"(?u)\b[a-z]{3,}\b"


def load_docstrings(source="numpy", target="torch"):
    """Load two libraries as bags of words, labeled by topic.

    The vocabulary holds the words of three letters or more that stand in at least
    two documents of the pair, without English stop words.  The documents depend
    on the installed versions.

    Parameters
    ----------
    source, target : {"numpy", "scipy", "torch"}

    Returns
    -------
    DomainPair
        Xs, Xt are sparse counts (CSR); `feature_names` is the vocabulary; an id
        is the checksum of a document.

    Raises
    ------
    ValueError
        For unknown or equal domains.
    ModuleNotFoundError
        If "torch" is asked for and not installed.
    """
    check_names(source, target, tuple(SOURCES))
    (docs_s, ys), (docs_t, yt) = (
        _without(_documents(name), _documents(other)[0])
        for name, other in ((source, target), (target, source))
    )
    counter = CountVectorizer(
        stop_words=sorted(ENGLISH_STOP_WORDS),
        token_pattern=WORD,
        min_df=2,
        dtype=np.float64,
    )
    X = counter.fit_transform([*docs_s, *docs_t]).tocsr()
    Xs, Xt = X[: len(docs_s)], X[len(docs_s) :]
    names = tuple(counter.get_feature_names_out().tolist())
    return DomainPair(
        Xs,
        ys,
        Xt,
        yt,
        source,
        target,
        TOPICS,
        LICENSE,
        source_ids=_ids(docs_s),
        target_ids=_ids(docs_t),
        feature_names=names,
    )


def _without(documents, others):
    """Return the documents and topics of one library whose text is not one of `others`."""
    texts, topics = documents
    shared = set(texts) & set(others)
    keep = np.array([text not in shared for text in texts])
    return [text for text in texts if text not in shared], topics[keep]


def _ids(texts):
    """Return a number for each text, the same whatever else is installed: its checksum."""
    return np.array([crc32(text.encode()) for text in texts])


@lru_cache
def _documents(library):
    """Return the distinct documents of a library in the order of their names, and their topics."""
    if library == "torch" and importlib.util.find_spec("torch") is None:
        raise ModuleNotFoundError(
            "the domain 'torch' needs PyTorch: install tlbook[deep]"
        )
    found = {}
    for topic, places in enumerate(SOURCES[library]):
        for place in places:
            name, _, members = place.partition(":")
            owner = _resolve(name)
            for member in members.split() or sorted(dir(owner)):
                thing = getattr(owner, member)
                text = (
                    None
                    if member.startswith("_") or inspect.ismodule(thing)
                    else thing.__doc__
                )
                if text and len(text) > 200:
                    found.setdefault(
                        DOTTED.sub(" ", inspect.cleandoc(text)), topic
                    )
    return list(found), np.array(list(found.values()))


def _resolve(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:  # a class
        module, _, attribute = name.rpartition(".")
        return getattr(importlib.import_module(module), attribute)
