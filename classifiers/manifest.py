"""What a folder of trained weights says of itself (``triage.json``), and the check that its files are what it says."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.assessment import LABELS, Head

FILE = "triage.json"
ENCODER = "model.safetensors"
HEADS = "heads.safetensors"
CHECKED = (ENCODER, HEADS, "config.json", "tokenizer.json")
"""The files whose sha256 must match before anything is loaded."""


class WeightsError(ValueError):
    """A weights folder that cannot be used; the message says which file and what to do."""


class Manifest(BaseModel):
    """The card of one training run, as far as the code needs it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    labels: dict[Head, tuple[str, ...]]
    temperatures: dict[Head, float]
    """Divides the head's logits before the softmax; fitted on brands that training never saw."""
    languages: tuple[str, ...]
    """Two-letter codes of the languages whose sentiment was trained."""
    full_languages: tuple[str, ...]
    """Those where all heads were trained."""
    max_len: int = Field(ge=8, le=512)
    """Tokens of a post that are read, its brand included."""
    sha256: dict[str, str]

    @property
    def version(self) -> str:
        """Short name and the start of the weights' sha256, heads included."""
        both = self.sha256.get(ENCODER, "") + self.sha256.get(HEADS, "")
        return f"{self.name}@{hashlib.sha256(both.encode()).hexdigest()[:10]}"


def read(folder: Path) -> Manifest:
    """The folder's manifest, its files checked; raises ``WeightsError``."""
    path = folder / FILE
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise WeightsError(_advice(f"no weights at {folder}: {FILE} cannot be read ({error.strerror})")) from error
    except ValidationError as error:
        raise WeightsError(_advice(f"{path} is damaged ({error.error_count()} faults)")) from error
    if manifest.labels != dict(LABELS) or set(manifest.temperatures) != set(LABELS):
        raise WeightsError(_advice(f"{path} has other heads or labels than this version of the program"))
    for name in CHECKED:
        _check(folder / name, manifest.sha256.get(name))
    return manifest


def digest(path: Path) -> str:
    """The file's sha256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(path: Path, wanted: str | None) -> None:
    if wanted is None:
        raise WeightsError(_advice(f"{FILE} has no sha256 for {path.name}"))
    try:
        found = digest(path)
    except OSError as error:
        raise WeightsError(_advice(f"{path} is missing or cannot be read ({error.strerror})")) from error
    if found != wanted:
        raise WeightsError(_advice(f"{path} is damaged: sha256 {found[:12]}… where {FILE} says {wanted[:12]}…"))


def _advice(fault: str) -> str:
    return f"{fault}. Install the program again, or name a folder written by `python -m classifiers.train`"
