"""Every public name has a docstring in numpydoc's form; the pages of the API list them all."""

import importlib
import inspect
import pkgutil
import re
import warnings
from dataclasses import is_dataclass

import front
import pytest
from book import FAMILIES, ROOT, pages
from numpydoc.validate import validate
from sklearn import config_context

import tlbook

# what numpydoc checks: form (GL), summary (SS), parameters (PR), returns (RT); SA01, EX01 and ES01
# ask for sections that a short docstring need not have
ENFORCED = {
    *("GL03", "GL05", "GL06", "GL07", "GL08", "GL09", "GL10"),
    *("SS01", "SS02", "SS03", "SS04", "SS05", "SS06"),
    *("PR02", "PR04", "PR05", "PR06", "PR10", "RT05"),
}


# the parameters that a deep method shares with `DeepClassifier`
SHARED = "**training"


def public_modules():
    for module in pkgutil.walk_packages(tlbook.__path__, "tlbook."):
        if not any(part.startswith("_") for part in module.name.split(".")):
            yield module.name


def public_names(module):
    """Return the full names of the functions, classes and methods defined in a module."""
    found = []
    for name, thing in vars(importlib.import_module(module)).items():
        ours = getattr(
            thing, "__module__", None
        ) == module and not name.startswith("_")
        if not ours or not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        found.append(f"{module}.{name}")
        if inspect.isclass(thing):
            methods = [
                key
                for key, value in vars(thing).items()
                if inspect.isfunction(value)
            ]
            found += [
                f"{module}.{name}.{key}"
                for key in methods
                if not key.startswith("_")
            ]
    return found


@pytest.mark.parametrize("module", public_modules())
def test_docstrings_are_in_numpydoc_form(module):
    faults = [
        f"{name}: {code} {text}"
        for name in public_names(module)
        for code, text in validate(name)["errors"]
        if code in ENFORCED and SHARED not in text
    ]
    assert not faults, "\n".join(faults)
    assert importlib.import_module(module).__doc__


@pytest.mark.parametrize("family", ["datasets", "discrepancy", *FAMILIES])
def test_exported_names_say_all_their_parameters(family):
    package = importlib.import_module(f"tlbook.{family}")
    for name in package.__all__:
        thing = getattr(package, name)
        if has_parameters(thing):
            found = validate(f"{thing.__module__}.{thing.__name__}")["errors"]
            faults = [text for code, text in found if code == "PR01"]
            assert not faults, f"{name}: {faults}"


def test_the_code_of_how_to_use_runs():
    text = (ROOT / "chapters" / "how_to_use.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL))
    names = {}
    with config_context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(code, names)
    assert set(names["search"].best_params_) == {"coral__reg"}
    assert names["model"].score(names["Xt"], names["yt"]) > 0.5


def has_parameters(thing):
    """Tell whether a docstring needs a section on parameters: not of errors and of records."""
    if inspect.isclass(thing):
        shared = SHARED in (inspect.getdoc(thing) or "")
        return not (issubclass(thing, Exception) or is_dataclass(thing) or shared)
    return inspect.isfunction(thing)


def test_api_pages_list_every_public_module():
    listed = [page for page in pages() if page.startswith("chapters/api/")]
    text = "\n".join(
        (ROOT / f"{page}.md").read_text(encoding="utf-8") for page in listed
    )
    packages = {f"tlbook.{group}" for group in front.API_GROUPS}
    for module in set(public_modules()) - packages:
        assert f".. automodule:: {module}\n" in text, module


@pytest.mark.parametrize(
    "family", [group for group in front.api_groups() if group != "core"]
)
def test_api_pages_list_every_exported_name(family):
    """Those of public modules stand there with their module, the others by themselves."""
    package = importlib.import_module(f"tlbook.{family}")
    page = (ROOT / "chapters" / "api" / f"{family}.md").read_text(
        encoding="utf-8"
    )
    public = set(public_modules())
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            named = f":: tlbook.{family}.{name}\n" in page
            assert named or thing.__module__ in public, name
