"""The folder of versions: which one is in force, and what is moved where."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.base import Post
from classifiers.encoder import TriageEncoder
from classifiers.manifest import CURRENT, FILE, WeightsError, read, resolve
from classifiers.training import shelf
from tests.classifiers.training import toy


def test_a_plain_folder_is_itself(tiny: toy.Tiny, tmp_path: Path) -> None:
    """Weights are what they are, also beside a stray `current`; what is not there is left for reading to say."""
    folder = toy.weights(tiny)
    (folder / CURRENT).write_text("other")
    assert resolve(folder) == folder
    assert resolve(tmp_path / "none") == tmp_path / "none"
    with pytest.raises(WeightsError, match="no weights at"):
        read(resolve(tmp_path / "none"))


def test_the_adopted_version_is_loaded(tiny: toy.Tiny, tmp_path: Path) -> None:
    """`current` names it, and to go back is to write the older name there; white space around it does no harm."""
    out = tmp_path / "weights"
    out.mkdir()
    found = {}
    for name in ("first", "second"):
        new = toy.weights(tiny, name)
        found[name] = shelf.put(new, out, read(new))
        shelf.adopt(found[name])
        assert resolve(out) == found[name]
        assert not new.exists()
    (out / CURRENT).write_text(f"  {found['first'].name}\n\n")
    assert resolve(out) == found["first"]
    assert TriageEncoder.load(resolve(out)).classify([Post("bad")])
    assert {path.name for path in out.iterdir()} == {CURRENT, *(path.name for path in found.values())}


@pytest.mark.parametrize("name", ["", "gone", "..", ".", "a/b", "/etc", "\x00"])
def test_a_bad_name_is_an_error_that_says_what_to_write(tiny: toy.Tiny, tmp_path: Path, name: str) -> None:
    """Only a version's own name is followed, never a path out of the folder."""
    version = toy.weights(tiny, "good")
    (tmp_path / CURRENT).write_text(name)
    with pytest.raises(WeightsError, match=r"write the name of a version into .*current \(there are: good\)"):
        resolve(version.parent)


def test_versions_without_a_pointer(tiny: toy.Tiny, tmp_path: Path) -> None:
    """Nothing was adopted yet: the error names what there is. A pointer that is no text is told as such."""
    toy.weights(tiny, "good")
    with pytest.raises(WeightsError, match=r"none was adopted: .*there are: good"):
        resolve(tmp_path)
    (tmp_path / CURRENT).write_bytes(b"\xff\xfe")
    with pytest.raises(WeightsError, match="cannot be read"):
        resolve(tmp_path)


def test_a_version_that_is_there_stays(tiny: toy.Tiny, tmp_path: Path) -> None:
    """The same result of another run does not disturb whoever reads the first."""
    out = tmp_path / "weights"
    out.mkdir()
    manifest = read(toy.weights(tiny, "new"))
    place = shelf.put(tmp_path / "new", out, manifest)
    inode = (place / FILE).stat().st_ino
    toy.weights(tiny, "again").rename(tmp_path / "new")
    assert shelf.put(tmp_path / "new", out, manifest) == place
    assert (place / FILE).stat().st_ino == inode
    assert not (tmp_path / "new").exists()
