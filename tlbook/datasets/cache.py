"""The cache of downloaded files: checked by SHA-256, written atomically, resumed where cut off.

Files lie in the user's cache folder, or in the folder that the variable
TLBOOK_DATA names.
"""

import hashlib
import os
from functools import lru_cache
from importlib import resources
from pathlib import Path

import platformdirs
from tqdm import tqdm


class DataNotAvailable(OSError):
    """A file is not in the cache and cannot be downloaded; the message says what to put where."""


class DataCorrupted(OSError):
    """A file does not have the expected SHA-256."""


def cache_folder():
    """Return the folder of the cache."""
    if "TLBOOK_DATA" in os.environ:
        return Path(os.environ["TLBOOK_DATA"])
    return platformdirs.user_cache_path("tlbook")


@lru_cache(maxsize=1)
def registry():
    """Return for each file of the cache its SHA-256 and its address.

    Returns
    -------
    dict of str to (str, str)
    """
    files = {}
    text = (
        resources.files("tlbook.datasets")
        .joinpath("registry.txt")
        .read_text(encoding="utf-8")
    )
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if line.startswith(">"):
            folder, address = line[2:].split()
            continue
        name, digest, *other = line.split()
        files[f"{folder}/{name}"] = (digest, f"{address}/{(other or [name])[0]}")
    return files


_verified = set()


def fetch(name, progress=True):
    """Return the path of a file of the registry, downloaded if it is not in the cache.

    Parameters
    ----------
    name : str
        As in the registry, such as "mushroom/agaricus-lepiota.data".
    progress : bool
        Show a progress bar while downloading.

    Returns
    -------
    Path

    Raises
    ------
    DataCorrupted
        If the file in the cache, or the downloaded one, has another SHA-256.
    DataNotAvailable
        If the file is not in the cache and the download fails.
    """
    digest, address = registry()[name]
    path = cache_folder() / name
    if path in _verified:
        return path
    if not path.exists():
        _download(address, path, digest, progress)
    found = _sha256(path)
    if found != digest:
        raise DataCorrupted(
            f"{path.name} is corrupted: its SHA-256 is {found}, {digest} was "
            f"expected. Delete {path} and try again; it comes from {address}"
        )
    _verified.add(path)
    return path


def fetch_all(names, progress=True):
    """Fetch many files with one progress bar; see `fetch`."""
    names = list(names)
    missing = any(not (cache_folder() / name).exists() for name in names)
    bar = tqdm(names, desc="files", disable=not (progress and missing))
    return [fetch(name, progress=False) for name in bar]


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(address, path, digest, progress):
    """Let pooch download, check and move into place; go on where an earlier try stopped."""
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    partial = path.with_name(path.name + ".part")

    def resume(url, output_file, _):
        _append(url, partial, progress)
        partial.replace(output_file)

    try:
        pooch.retrieve(
            address, f"sha256:{digest}", path.name, path.parent, downloader=resume
        )
    except (OSError, requests.RequestException) as error:
        raise DataNotAvailable(
            f"{path.name} is not in the cache and could not be downloaded "
            f"({error}). Download {address} yourself and save it as {path}"
        ) from error
    except ValueError as error:
        raise DataCorrupted(
            f"{path.name}, downloaded from {address}, is corrupted and was not "
            f"kept: {error}"
        ) from error


def _append(address, partial, progress):
    """Write to `partial` what is missing of a file, after what an earlier try left there."""
    import requests

    start = partial.stat().st_size if partial.exists() else 0
    headers = (
        {"Range": f"bytes={start}-", "Accept-Encoding": "identity"}
        if start
        else {}
    )
    with requests.get(
        address, headers=headers, timeout=30, stream=True
    ) as answer:
        if (
            start
            and answer.status_code
            == requests.codes.requested_range_not_satisfiable
        ):
            return  # nothing is missing
        answer.raise_for_status()
        resumed = answer.status_code == requests.codes.partial_content
        size = int(answer.headers.get("Content-Length", 0))
        look = {
            "unit": "B",
            "unit_scale": True,
            "desc": partial.stem,
            "disable": not progress,
        }
        with (
            open(partial, "ab" if resumed else "wb") as file,
            tqdm(total=size, **look) as bar,
        ):
            for chunk in answer.iter_content(1 << 16):
                file.write(chunk)
                bar.update(len(chunk))
