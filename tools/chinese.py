"""Build the Chinese edition beside the English one: `tools/chinese.py`, after the book was built.

It is the same book with another configuration, derived here: the language, the title, the captions
of the toc.  Its pages go to `zh/` below those of the English edition.
"""

import shutil
import subprocess
import sys

import yaml
from book import ROOT, config
from language import EDITIONS, has_chinese, said

BUILT = ROOT / "_build"
FOLDER = BUILT / "zh"
CALL = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"


def translated_config(english):
    """Return the configuration of the Chinese edition."""
    chinese = yaml.safe_load(yaml.safe_dump(english))
    chinese["title"] = said(english["title"])
    html = chinese["html"]
    html["extra_footer"] = said(english["html"]["extra_footer"].strip())
    # they are sought from the folder of the configuration
    extensions = chinese["sphinx"]["local_extensions"]
    extensions |= {name: str(ROOT / path) for name, path in extensions.items()}
    settings = chinese["sphinx"]["config"]
    settings["language"] = "zh_CN"
    for name in ("nb_code_prompt_show", "nb_code_prompt_hide", "ogp_image_alt"):
        settings[name] = said(settings[name])
    settings["numfig_format"] = {"figure": said("Figure %s")}
    title = said("Page not found")
    body = (
        f"<h1>{title}</h1>\n<p>{said('There is no such page in this book.')}</p>"
    )
    settings["notfound_context"] = {"title": title, "body": body}
    return chinese


def translated_toc(english):
    """Return the toc with Chinese captions."""
    for part in english["parts"]:
        part["caption"] = said(part["caption"])
    return english


def write(name, content):
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    (FOLDER / name).write_text(text, encoding="utf-8")
    return str(FOLDER / name)


def options():
    """Write the configuration of the Chinese edition; return how Jupyter Book is told of it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [
        "--config",
        write("_config.yml", translated_config(config())),
        "--toc",
        write("_toc.yml", translated_toc(toc)),
    ]


def main():
    if not has_chinese():
        print("This copy of the book has no catalogs in locale: English alone")
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    words = [sys.executable, "-c", CALL, "build", str(ROOT), *options()]
    words += ["--path-output", str(FOLDER), "-W", "--keep-going"]
    done = subprocess.run(words, cwd=ROOT)
    if done.returncode:
        sys.exit(done.returncode)
    target = BUILT / "html" / EDITIONS["zh_CN"][1]
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(FOLDER / "_build" / "html", target)


if __name__ == "__main__":
    main()
