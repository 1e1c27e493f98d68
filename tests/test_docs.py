"""What the pages say is so: nothing is left out, nothing is out of date, and what they show can be used."""

from __future__ import annotations

import ast
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import bot
from docs import generate
from engine.plugins import ROOMS, schema_of
from insights.metrics import exposition
from models.assessment import LABELS, Head
from models.case import CaseState
from models.decision import Eligibility, Kind, Reason, Route
from models.manifests import MANIFESTS
from models.progress import Progress
from models.settings import Settings, load_settings
from models.store.figures import Figures
from models.store.shadow import Would
from models.store.verdicts import Tally

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGES = [*sorted(DOCS.glob("*.md")), *sorted(ROOT.glob("*.md")), *sorted((ROOT / "examples").glob("*/*.md"))]
TOML = [
    (page, number, block)
    for page in PAGES
    for number, block in enumerate(re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.M | re.S), 1)
]


def page(name: str) -> str:
    """The text of a page."""
    return (DOCS / name).read_text("utf-8")


def named(path: Path) -> str:
    """A page's name in a test's id."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("name", generate.pages())
def test_generated_pages_are_up_to_date(name: str) -> None:
    """Settings, commands and reasons stand in the docs as the code has them; if not: python -m docs.generate."""
    assert page(name) == generate.pages()[name], "run: python -m docs.generate"


def test_every_setting_has_a_sentence() -> None:
    """No setting stands on the page without a word on what it is."""
    rows = [line for line in page("settings.md").splitlines() if line.startswith("| `")]
    assert len(rows) > 90
    assert [row for row in rows if not row.split(" | ")[1].strip()] == []


def test_every_part_of_the_configuration_is_on_the_page() -> None:
    """Each table of the configuration and each built-in kind has a section of its own."""
    sections = re.findall(r"^## (.*)$", page("settings.md"), re.M)
    kinds = {f'[{room}.NAME] with kind = "{kind}"' for room, builtin in ROOMS.items() for kind in builtin}
    tables = {section.strip("[]").split(".")[0] for section in sections}
    assert kinds <= set(sections)
    assert set(Settings.model_fields) <= tables


def test_every_command_is_on_the_page() -> None:
    """What `--help` lists and what docs/commands.md lists is the same."""
    for name in re.findall(r"^## (.*)$", page("commands.md"), re.M):
        *group, last = name.split()
        told = CliRunner().invoke(bot.cli, [*group, "--help"]).output
        assert re.search(rf"^\W*{last}\b", told, re.M), name
    assert len(list(generate.commands())) == page("commands.md").count("\n## ")


def test_every_metric_is_explained() -> None:
    """The table in docs/operations.md has each metric, with each of its labels, and no other."""
    pairs, single = {("slack", "pending"): 1}, {"x": 1}
    figures = Figures(single, pairs, pairs, {}, 1, 1, single, single, None, {"x": Would(1, 1)})
    judged = [Tally("k", "x", alerts=1, needed=1, left_alone=1, audited=1, missed=1)]
    page_figures = SimpleNamespace(up=True, answers={200: 1})
    shown = exposition(figures, [], Progress(lambda: NOW), NOW, judged, page_figures).decode()
    names = set(re.findall(r"^# HELP (\S+)", shown, re.M))
    told = dict(re.findall(r"^\| `(overheard_\w+)` \| (.*?) \|", page("operations.md"), re.M))
    assert set(told) == names
    for name, labels in re.findall(r"^(overheard_\w+)\{(.*)\}", shown, re.M):
        assert set(re.findall(r"(\w+)=", labels)) == set(re.findall(r"`(\w+)`", told[name])), name


def test_every_state_is_explained() -> None:
    """Whatever state a source, a mention, a message or a case can be in, docs/operations.md names it."""
    code = "".join(path.read_text("utf-8") for room in ("models", "responders") for path in (ROOT / room).rglob("*.py"))
    states = set(re.findall(r"""\bstate"?\]? ?(?:==|=|:) ?"([a-z_]+)\"""", code))
    states |= set(re.findall(r'_give_up\(message, "(\w+)"', code)) | {"failing", "paused", *CaseState}
    assert len(states) > 12
    assert [state for state in sorted(states) if f"`{state}`" not in page("operations.md")] == []


def test_every_label_route_and_level_is_explained() -> None:
    """The labels, the routes and who may answer are told to people under the names that the code has."""
    assert [label for head in Head for label in LABELS[head] if not _tells("labels.md", label)] == []
    assert [route for route in Route if not _tells("labels.md", route)] == []
    assert [reason for reason in Reason if not _tells("reasons.md", reason)] == []
    assert [level for level in Eligibility if not _tells("safety.md", level)] == []
    assert [kind for kind in Kind if not _tells("add-a-responder.md", kind)] == []


def _tells(name: str, word: str) -> bool:
    return f"`{word}`" in page(name)


def test_every_channels_rule_has_a_source() -> None:
    """Each channel that has a manifest has a line in docs/safety.md; a platform's line has a year."""
    for name in MANIFESTS:
        row = next(line for line in page("safety.md").splitlines() if re.match(rf"\| [^|]*`{name}`", line))
        assert name == "forum" or re.search(r"\b20\d\d\b", row), row


def test_every_promise_has_its_test() -> None:
    """Each test that a page names is there."""
    told = "".join(path.read_text("utf-8") for path in PAGES)
    for path, name in re.findall(r"`((?:tests|listeners|responders)/[\w/]+\.py)::(\w+)`", told):
        assert (ROOT / path).exists(), f"{path} is not there"
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {node.name for node in tree.body if hasattr(node, "name")}, f"{path} has no {name}"


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_link_leads_somewhere(path: Path) -> None:
    """A relative link on a page leads to a file, and its anchor to a heading there."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}, link


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_every_file_that_is_named_is_there(path: Path) -> None:
    """A page that names one of our files by its path names one that exists."""
    rooms = "models|listeners|classifiers|responders|insights|engine|tests|docs|examples|deploy"
    for found in re.findall(rf"`((?:{rooms})/[\w./-]+\.(?:py|toml|jsonl|md|service))`", path.read_text("utf-8")):
        assert (ROOT / found).exists(), found


@pytest.mark.parametrize(("path", "number", "block"), TOML, ids=[f"{named(path)}-{number}" for path, number, _ in TOML])
def test_every_toml_block_is_right(path: Path, number: int, block: str, tmp_path: Path) -> None:
    """It is TOML; what stands in it loads, either whole or within a small configuration."""
    found = tomllib.loads(block)
    if "project" in found:
        assert found["project"]["entry-points"]
        return
    whole = block.startswith("# A whole config.toml")
    config = tmp_path / "config.toml"
    config.write_text(block if whole else _completed(block, found), "utf-8")
    own = {table.get("kind") for room in ROOMS for table in found.get(room, {}).values()}
    known = {kind for builtin in ROOMS.values() for kind in builtin}
    # A kind of a page's own is tried in tests/test_examples.py.
    load_settings(config, schema_of if own <= known else None)


def _completed(block: str, found: dict[str, object]) -> str:
    """The block with what a configuration needs besides."""
    parts = {
        "brands": '[brands.kestrelo]\nname = "Kestrelo"\nterms = ["kestrelo"]\n',
        "listeners": '[listeners.file]\nkind = "jsonl"\npath = "mentions.jsonl"\n',
    }
    rest = "".join(text for name, text in parts.items() if name not in found)
    return f'{block}\n{rest}[responders.console]\nkind = "console"\n'


def test_the_example_configuration_is_whole_and_explained() -> None:
    """config.example.toml loads, and each of its sentences is that of the code."""
    path = ROOT / "config.example.toml"
    assert load_settings(path, schema_of).settings.brands
    known = [row.split(" | ")[1] for row in page("settings.md").splitlines() if row.startswith("| `")]
    said = {line[2:].strip() for line in path.read_text("utf-8").splitlines() if re.match(r"# [A-Z][^-=]*\.$", line)}
    assert len(said & {sentence.replace("\\|", "|") for sentence in known}) > 50
