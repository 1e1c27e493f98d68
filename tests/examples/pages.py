"""The code of the add-a-… pages and of the example packages, as modules."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def page_module(page: str, folder: Path, patch: pytest.MonkeyPatch) -> ModuleType:
    """All Python of a page of docs/, in its order, as a module."""
    path = folder / f"{Path(page).stem.replace('-', '_')}.py"
    path.write_text(code_of(page), "utf-8")
    return module_of(path, patch)


def code_of(page: str) -> str:
    """All Python of a page of docs/, in its order."""
    return "\n\n".join(re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / page).read_text("utf-8"), re.M | re.S))


def module_of(path: Path, patch: pytest.MonkeyPatch) -> ModuleType:
    """A file as a module, for as long as the test lasts."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    patch.setitem(sys.modules, path.stem, module)
    spec.loader.exec_module(module)
    return module


def install(example: Path, site: Path, patch: pytest.MonkeyPatch) -> None:
    """A package as pip leaves it: its module on the path, and its entry points in a .dist-info folder of ``site``."""
    project = tomllib.loads((example / "pyproject.toml").read_text("utf-8"))["project"]
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(head, "utf-8")
    groups = project["entry-points"].items()
    lines = [line for group, points in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", "utf-8")
    for point in project["entry-points"].values():
        for target in point.values():
            patch.delitem(sys.modules, target.partition(":")[0], raising=False)
    patch.syspath_prepend(str(example))
    patch.syspath_prepend(str(site))
