"""Loads the triage model and keeps it on its one thread, across reloads of the configuration."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from classifiers.panel import BrandHint, Panel
from models.errors import SettingsError
from models.settings import Settings
from models.settings.sections import ClassifierSettings

P = ParamSpec("P")
T = TypeVar("T")


class ModelThread(Executor):
    """One daemon thread, started with its first piece of work. Python waits for the threads of its own executors when
    it exits, and a hanging model must not hold up an exit.
    """

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread: Thread | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run ``fn`` after all that was submitted before."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - whoever waits for the future gets it
                future.set_exception(error)

        self._work.put(run)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="model", daemon=True)
            self._thread.start()
        return future

    def _run(self) -> None:
        while True:
            self._work.get()()


@dataclass(slots=True)
class Thinking:
    """The model thread and what is loaded on it."""

    thread: ModelThread = field(default_factory=ModelThread)
    _loaded: dict[str, tuple[list[Any], tuple[str, ...]]] = field(default_factory=dict)

    def panel(self, settings: Settings) -> Panel:
        """The panel for these settings; loads what is not loaded yet. Blocks: call it on the model thread."""
        key = settings.classifier.model_dump_json()
        if key not in self._loaded:
            try:
                self._loaded = {key: load_classifiers(settings.classifier)}
            except ValueError as error:
                raise SettingsError([f"classifier: {error}"]) from error
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
