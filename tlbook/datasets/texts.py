"""Sentences of four kinds of text, praise or complaint, as two frozen encoders see them.

Reviews of products and of movies, editorials and tweets: sentences that twenty
people each have rated (Hutto and Gilbert, ICWSM 2014); 300 clearly positive and 300
clearly negative ones of each kind.  One encoder takes the mean of the GloVe vectors
of the words (Pennington et al., EMNLP 2014), the other is a transformer,
all-MiniLM-L6-v2, of whose 384 numbers 64 principal components are kept; they are
those of the products, found without labels.  The sentences are not in this package:
benchmarks/text_features.py computes the numbers anew.
"""

from importlib import resources

import numpy as np

from tlbook.datasets.pair import DomainPair, check_names

KINDS = ("products", "movies", "editorials", "tweets")
ENCODERS = ("words", "sentences")
LICENSE = (
    "numbers computed by this book from sentences that come with vaderSentiment "
    "(MIT): cite Hutto and Gilbert 2014"
)


def load_text_features(source, target, encoder="sentences"):
    """Load two kinds of sentences, negative (0) and positive (1), as an encoder sees them.

    Parameters
    ----------
    source, target : {"products", "movies", "editorials", "tweets"}
    encoder : {"sentences", "words"}
        A transformer that reads the whole sentence (64 features), or the mean of
        the vectors of its words (50 features).

    Returns
    -------
    DomainPair
        Xs, Xt (600, 64) or (600, 50), float64; an id is the number of the review,
        editorial or tweet that a sentence stands in.

    Raises
    ------
    ValueError
        For unknown or equal kinds, or an unknown encoder.
    """
    check_names(source, target, KINDS)
    if encoder not in ENCODERS:
        raise ValueError(f"encoder must be one of {ENCODERS}, got {encoder!r}")
    path = resources.files("tlbook.datasets").joinpath(
        "worlds", f"text_{encoder}.npz"
    )
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        scale = float(stored["scale"])
        (Xs, ys, source_ids), (Xt, yt, target_ids) = (
            (
                stored[f"{kind}_X"] * scale,
                stored[f"{kind}_y"].astype(int),
                # numbers of different kinds differ
                stored[f"{kind}_document"].astype(int) * len(KINDS)
                + KINDS.index(kind),
            )
            for kind in (source, target)
        )
    return DomainPair(
        Xs,
        ys,
        Xt,
        yt,
        source,
        target,
        ("negative", "positive"),
        LICENSE,
        source_ids,
        target_ids,
    )
