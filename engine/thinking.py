"""Loads the triage model and keeps it on its one thread, across reloads of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from classifiers.base import WordVectors
from classifiers.panel import BrandHint, Panel
from classifiers.relevance import Context, Relevance
from models.errors import SettingsError
from models.settings import Settings
from models.settings.classifier import ClassifierSettings

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
    _loaded: dict[tuple[str, tuple[Path, ...]], tuple[list[Any], tuple[str, ...]]] = field(default_factory=dict)
    _stay: bool = False

    def stay(self) -> None:
        """The next panel is what is loaded, if that is for its settings: whatever became of the files since."""
        self._stay = True

    def panel(self, settings: Settings) -> Panel:
        """The panel for these settings; loads what is not loaded yet. Blocks: call it on the model thread."""
        text, stay, self._stay = settings.classifier.model_dump_json(), self._stay, False
        loaded = [found for (loaded_for, _), found in self._loaded.items() if stay and loaded_for == text]
        try:
            classifiers, languages = loaded[0] if loaded else self._load(text, settings.classifier)
        except ValueError as error:
            raise SettingsError([f"classifier: {error}"]) from error
        hints = {name: BrandHint(brand.name, brand.phone_region or None) for name, brand in settings.brands.items()}
        return Panel(classifiers, languages, hints, _relevance(classifiers, settings))

    def _load(self, text: str, settings: ClassifierSettings) -> tuple[list[Any], tuple[str, ...]]:
        """Another version may have been adopted since, while the settings stayed the same."""
        from classifiers.versions import folders

        key = (text, tuple(folders(settings)))
        if key not in self._loaded:
            self._loaded = {key: load_classifiers(settings)}
        return self._loaded[key]


def _relevance(classifiers: Sequence[Any], settings: Settings) -> Relevance | None:
    """What compares posts with the brands that say what they are; None where none does."""
    brands = {
        name: Context(brand.name, brand.context, brand.not_context)
        for name, brand in settings.brands.items()
        if brand.context
    }
    known = next((one for one in classifiers if isinstance(one, WordVectors)), None)
    return Relevance(*known.words(), brands) if brands and known else None


def load_classifiers(settings: ClassifierSettings) -> tuple[list[Any], tuple[str, ...]]:
    """The triage model and the heads that other models answer, with the languages that the former was trained on.

    Raises ``SettingsError`` that says what to do where one of them cannot be used.
    """
    from classifiers.cascade import Cascade
    from classifiers.encoder import TriageEncoder
    from classifiers.hf import HfHead
    from classifiers.versions import folders

    threads, batch = settings.threads or None, settings.batch
    try:
        encoders = [TriageEncoder.load(folder, threads=threads, batch=batch) for folder in folders(settings)]
        others = [
            HfHead(head, other.model, other.labels, revision=other.revision, max_len=other.max_tokens, batch=batch)
            for head, other in settings.heads.items()
        ]
    except ValueError as error:
        raise SettingsError([f"classifier: {error}"]) from error
    ours = Cascade(encoders[0], encoders[1], settings.reread) if settings.mode == "cascade" else encoders[0]
    return [ours, *others], tuple(ours.languages)
