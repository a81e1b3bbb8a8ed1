"""Gather what a release brings: `tools/release.py [v0.1.0]`, after make book, pdf and epub.

In `_build/release`: the wheel, the pages as an archive, PDF and EPUB in each language, and
SHA256SUMS. A tag that is named must be that of the version, and no sentence may lack its Chinese.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import zipfile

import origin
import translate
from book import ROOT

MOMENT = (1980, 1, 1, 0, 0, 0)  # the same pages make the same archive


def check_tag(tag, root=ROOT):
    """Return the version; refuse a tag that is not its own."""
    version = str(origin.citation(root)["version"])
    if tag and tag != f"v{version}":
        raise ValueError(
            f"the tag is {tag}, the version {version}: v{version} is wanted"
        )
    return version


def endings(root=ROOT):
    """Return what names end with in each language; refuse a Chinese edition with gaps."""
    if not (root / translate.FOLDER).is_dir():
        return ("",)
    found = translate.catalogs(root)
    if any(
        map(translate.is_open, (one for all_ in found.values() for one in all_))
    ):
        raise ValueError(f"{translate.share(found)}: run make translate")
    return ("", "-zh")


def pack(folder, out, name):
    """Put the pages of a folder into an archive, below a folder of its name."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(
                    f"{name}/{path.relative_to(folder).as_posix()}", MOMENT
                )
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())


def sums(folder):
    """Return the lines of SHA256SUMS, as `sha256sum --check` reads them."""
    files = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in files
    )


def gather(tag="", root=ROOT):
    """Write the files of a release; return them."""
    version, built = check_tag(tag, root), root / "_build"
    name, languages = f"tlbook-{version}", endings(root)
    needed = [(built / "html" / "index.html", "book")]
    for end in languages:
        asked = " LANGUAGE=zh" if end else ""
        for kind in ("pdf", "epub"):
            needed.append((built / f"tlbook{end}.{kind}", kind + asked))
    for path, command in needed:
        if not path.is_file():
            raise ValueError(f"there is no {path.name}: run make {command}")
    out = built / "release"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run(
        [*wheel, "--no-build-isolation", "--wheel-dir", str(out), str(root)],
        check=True,
    )
    pack(built / "html", out / f"{name}-html.zip", name)
    for path, _ in needed[1:]:
        shutil.copy(path, out / path.name.replace("tlbook", name))
    (out / "SHA256SUMS").write_text(sums(out), encoding="utf-8")
    return sorted(out.iterdir())


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tag", nargs="?", default="")
    try:
        files = gather(parser.parse_args().tag)
    except ValueError as error:
        sys.exit(f"release: {error}")
    for path in files:
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
