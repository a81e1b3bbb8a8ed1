"""The files of `corpus/`: one for each feature of the language, and for each mistake.

A feature ends with what is written after reading, in lines `//> ...`; a mistake holds what its
error says after the name of the file, in a line `//! ...`.
"""

from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")


def files(folder, end):
    """Return the files of a folder of the corpus."""
    found = sorted((CORPUS / folder).glob(f"*{end}"))
    assert found
    return found


def decoded(path):
    data = path.read_bytes()
    if data.startswith(b"\xff\xfe"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        assert path.parent.name == "mistakes"
        return data.decode("latin-1")


def marked(path, mark):
    """Return what stands in the lines that begin with a mark."""
    lines = decoded(path).splitlines()
    return [line.removeprefix(mark) for line in lines if line.startswith(mark)]
