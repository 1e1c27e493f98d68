"""What a folder of trained weights says of itself (``triage.json``), and the check that its files are what it says."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.assessment import LABELS, Head

FILE = "triage.json"
ENCODER = "model.safetensors"
HEADS = "heads.safetensors"
SHARDS = "model-int8-*.safetensors"
"""The encoder in int8 (``classifiers/compact.py``), where one file of it would be too large for a repository."""
NEEDED = (HEADS, "config.json", "tokenizer.json")
CHECKED = (ENCODER, *NEEDED)
"""What a folder holds whose encoder is in half precision; ``stored`` says it of any folder."""
CURRENT = "current"
"""In a folder of versions (``python bot.py train``), the file that holds the name of the one in force."""
ADVICE = "Install the program again, or name a folder written by `python bot.py train`"

Share = Annotated[float, Field(ge=0, le=1)]
Doubted = Literal["urgent", "critical", "private", "churn", "problem"]
"""The thresholds on which the policy acts, each with a head behind it."""


class WeightsError(ValueError):
    """A weights folder that cannot be used; the message says which file and what to do."""


class Manifest(BaseModel):
    """The card of one training run, as far as the code needs it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    labels: dict[Head, tuple[str, ...]]
    temperatures: dict[Head, float]
    """Divides the head's logits before the softmax; fitted on brands that training never saw."""
    offsets: dict[Head, tuple[float, ...]] = {}
    """Added to the logarithm of each label's probability before the likeliest is called: macro-F1's rule for rare
    labels. The probabilities stay as they are."""
    languages: tuple[str, ...]
    """Two-letter codes of the languages whose sentiment was trained."""
    full_languages: tuple[str, ...]
    """Those where all heads were trained."""
    max_len: int = Field(ge=8, le=512)
    """Tokens of a post that are read, its brand included."""
    tail: int = Field(0, ge=0)
    """So many of them are the last ones of a post that is longer: it loses its middle. With 0 it loses its end."""
    doubt: dict[Doubted, tuple[Share, Share]] = {}
    """Of the small model of a cascade: between which probabilities a larger one is asked, by names of thresholds."""
    sha256: dict[str, str]
    """Of every file that is read."""

    @property
    def encoder_files(self) -> list[str]:
        """``model.safetensors``, or the shards in int8."""
        return sorted(name for name in self.sha256 if name == ENCODER or fnmatch(name, SHARDS))

    @property
    def version(self) -> str:
        """Short name and a digest of all that an answer depends on: encoder, heads, temperatures, offsets."""
        files = [self.sha256.get(name, "") for name in (*self.encoder_files, HEADS)]
        numbers = [self.temperatures.get(head) for head in LABELS], [self.offsets.get(head) for head in LABELS]
        return f"{self.name}@{hashlib.sha256(repr((files, numbers)).encode()).hexdigest()[:10]}"

    @property
    def fits(self) -> bool:
        """Whether its heads and labels are those of this version of the program."""
        known = set(self.offsets) <= set(LABELS) and set(self.temperatures) == set(LABELS)
        sizes = all(len(shift) == len(LABELS[head]) for head, shift in self.offsets.items())
        return self.labels == dict(LABELS) and known and sizes and self.tail < self.max_len


def resolve(folder: Path) -> Path:
    """The folder itself or, where it holds versions, the one that its ``current`` names; raises ``WeightsError``."""
    pointer, versions = folder / CURRENT, sorted(path.parent.name for path in folder.glob(f"*/{FILE}"))
    if (folder / FILE).exists() or not (versions or pointer.exists()):
        return folder
    known = f"write the name of a version into {pointer} (there are: {', '.join(versions) or 'none'})"
    try:
        name = pointer.read_text("utf-8").strip()
    except FileNotFoundError:
        raise WeightsError(f"{folder} holds versions of which none was adopted: {known}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(f"{pointer} cannot be read ({error}): {known}") from error
    if name not in versions:
        raise WeightsError(f"{pointer} names {name[:80]!r}, which is no version there: {known}")
    return folder / name


def read(folder: Path) -> Manifest:
    """The folder's manifest, its files checked; raises ``WeightsError``."""
    path = folder / FILE
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise WeightsError(_advice(f"no weights at {folder}: {FILE} cannot be read ({error.strerror})")) from error
    except ValidationError as error:
        raise WeightsError(_advice(f"{path} is damaged ({error.error_count()} faults)")) from error
    if not manifest.fits:
        raise WeightsError(_advice(f"{path} has other heads or labels than this version of the program"))
    _complete(folder, manifest)
    for name, wanted in manifest.sha256.items():
        _check(folder / name, wanted)
    return manifest


def stored(folder: Path) -> list[str]:
    """The files in ``folder`` whose sha256 belongs into its manifest."""
    encoder = [path.name for pattern in (ENCODER, SHARDS) for path in folder.glob(pattern)]
    return sorted(encoder) + list(NEEDED)


def digest(path: Path) -> str:
    """The file's sha256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _complete(folder: Path, manifest: Manifest) -> None:
    """The manifest names what is needed and nothing outside the folder, and no part of another encoder lies there."""
    for name in manifest.sha256:
        if Path(name).name != name:
            raise WeightsError(_advice(f"{folder / FILE} names {name!r}, which is no file of its folder"))
    for name in NEEDED:
        if name not in manifest.sha256:
            raise WeightsError(_advice(f"{FILE} has no sha256 for {name}"))
    parts = manifest.encoder_files
    if not parts or (ENCODER in parts and len(parts) > 1):
        raise WeightsError(_advice(f"{folder / FILE} must name either {ENCODER} or the shards {SHARDS}"))
    for path in (found for pattern in (ENCODER, SHARDS) for found in sorted(folder.glob(pattern))):
        if path.name not in parts:
            raise WeightsError(_advice(f"{path} belongs to another encoder than {FILE} describes: delete it"))


def _check(path: Path, wanted: str) -> None:
    try:
        found = digest(path)
    except OSError as error:
        raise WeightsError(_advice(f"{path} is missing or cannot be read ({error.strerror})")) from error
    if found != wanted:
        raise WeightsError(_advice(f"{path} is damaged: sha256 {found[:12]}… where {FILE} says {wanted[:12]}…"))


def _advice(fault: str) -> str:
    return f"{fault}. {ADVICE}"
