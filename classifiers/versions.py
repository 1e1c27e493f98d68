"""Which weights the settings ask for, and what the models call themselves, told from files: no torch, no network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from classifiers.manifest import FILE, WeightsError, digest, read, resolve
from models.assessment import Head
from models.settings.classifier import ClassifierSettings, HeadModel

FAST = Path(__file__).parent / "weights" / "fast"
ACCURATE = FAST.with_name("accurate")
"""The weights that ship with the program."""


def folders(settings: ClassifierSettings) -> list[Path]:
    """Those of the weights that the mode needs, the fast one first; raises ``WeightsError`` where one holds none."""
    found = [resolve(settings.weights or FAST)] if settings.mode != "accurate" else []
    if settings.mode != "fast":
        accurate = resolve(settings.accurate or ACCURATE)
        if not (accurate / FILE).exists():
            raise WeightsError(
                f'mode = "{settings.mode}" needs the accurate weights, and there are none in {accurate}: set '
                'classifier.mode = "fast", or name the folder that holds them in classifier.accurate'
            )
        found.append(accurate)
    return found


def names(settings: ClassifierSettings) -> Mapping[Head, tuple[str, ...]]:
    """How each head's version may begin; raises ``WeightsError`` where the weights cannot be used.

    What follows is the precision, which depends on the machine, or a hub's commit, which only the hub knows.
    """
    ours = tuple(read(folder).version for folder in folders(settings))
    return {head: (_other(head, settings.heads[head]),) if head in settings.heads else ours for head in Head}


def _other(head: Head, model: HeadModel) -> str:
    folder = Path(model.model)
    if not folder.is_dir():
        return f"{head}:{model.model}@"
    return f"{head}:{folder.name}@" + "".join(digest(path)[:6] for path in sorted(folder.glob("*.safetensors"))[:2])
