"""How far a training is, on stderr: a bar where that is a terminal, a line an epoch elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from classifiers.training.loop import Step


class Bar:
    """Called with each step; a context, so that the bar ends with the training."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._epoch = 0

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def __call__(self, step: Step) -> None:
        last = step.batch == step.batches
        if sys.stderr.isatty():
            self._draw(step)
            if last and step.epoch == step.epochs:
                self._stop()
        elif last:
            told = f"epoch {step.epoch} of {step.epochs}: loss {step.loss:.3f}, {step.seconds:.0f} s"
            print(told, file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """A line that a bar does not disturb."""
        print(text, file=sys.stderr, flush=True)

    def _draw(self, step: Step) -> None:
        if self._bar is None:
            self._bar, self._task = _bar()
            self._bar.start()
        if self._epoch != step.epoch:
            self._epoch = step.epoch
            self._bar.reset(self._task, total=step.batches)
        words = f"epoch {step.epoch} of {step.epochs}"
        self._bar.update(self._task, completed=step.batch, description=words, loss=f"{step.loss:.3f}")

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _bar() -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    bar = Progress(*columns, console=Console(stderr=True), redirect_stdout=False)
    return bar, bar.add_task("", total=None, loss="")
