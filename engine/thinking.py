"""Loads the triage model and keeps it on its one thread, across reloads of the configuration."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from classifiers.panel import BrandHint, Panel
from models.settings import Settings
from models.settings.sections import ClassifierSettings


@dataclass(slots=True)
class Thinking:
    """The model thread and what is loaded on it. The thread is a daemon's: a hanging model cannot hold up an exit."""

    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="model"))
    _loaded: dict[str, tuple[list[Any], tuple[str, ...]]] = field(default_factory=dict)

    def panel(self, settings: Settings) -> Panel:
        """The panel for these settings; loads what is not loaded yet. Blocks: call it on the model thread."""
        key = settings.classifier.model_dump_json()
        if key not in self._loaded:
            self._loaded = {key: load_classifiers(settings.classifier)}
        classifiers, languages = self._loaded[key]
        hints = {name: BrandHint(brand.name, brand.phone_region or None) for name, brand in settings.brands.items()}
        return Panel(classifiers, languages, hints)


def load_classifiers(settings: ClassifierSettings) -> tuple[list[Any], tuple[str, ...]]:
    """The encoder and the heads that other models answer, with the languages that the encoder was trained on."""
    from classifiers.encoder import WEIGHTS, TriageEncoder
    from classifiers.hf import HfHead

    encoder = TriageEncoder.load(settings.weights or WEIGHTS, threads=settings.threads or None, batch=settings.batch)
    others = [
        HfHead(head, other.model, other.labels, revision=other.revision, max_len=other.max_tokens, batch=settings.batch)
        for head, other in settings.heads.items()
    ]
    return [encoder, *others], tuple(encoder.languages)
