"""A run kept between its epochs in one file, so that after Ctrl-C or a crash it goes on to the very same weights.

It holds numbers only, never a post.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifiers.training.loop import Course, Network

if TYPE_CHECKING:
    import torch

ENCODER, HEADS, OPTIMIZER, CHANCE = "encoder.", "heads.", "optimizer.", "chance"
"""How the names of the tensors begin."""

Say = Callable[[str], object]


class NotWrittenError(OSError):
    """The disk is full, or the folder may not be written."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``fingerprint`` stands for posts, recipe and base: what was kept for another one is not gone on from."""

    path: Path
    fingerprint: str
    say: Say = print

    def restore(self, net: Network, course: Course) -> None:
        """Put both as they were kept; says why where what is there cannot be used."""
        from safetensors import SafetensorError
        from safetensors.torch import safe_open

        if not self.path.exists():
            return
        try:
            with safe_open(self.path, "pt") as file:
                kept = file.metadata() or {}
                if kept.get("fingerprint") != self.fingerprint:
                    self.say("An earlier run was stopped, but its posts, settings or base were others: beginning anew.")
                    return
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no mapping)
        except SafetensorError:
            self.say("What an earlier run left is damaged: beginning anew.")
            return
        _restore(net, course, tensors, kept)
        self.say(f"Going on after epoch {course.epoch} of a run that was stopped.")

    def keep(self, net: Network, course: Course) -> None:
        """Replace what was kept; raises ``NotWrittenError`` and then leaves that as it was."""
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        new = self.path.with_suffix(".new")
        told = {"fingerprint": self.fingerprint} | _told(course)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            save_file(_tensors(net, course), new, metadata=told)
            _to_disk(new)
            os.replace(new, self.path)
        except (SafetensorError, OSError) as error:
            new.unlink(missing_ok=True)
            raise NotWrittenError(f"{self.path} cannot be written, is the disk full? {error}") from error


def _tensors(net: Network, course: Course) -> dict[str, torch.Tensor]:
    import torch

    found = {ENCODER + name: one for name, one in net.encoder.state_dict().items()}
    found |= {HEADS + name: one for name, one in net.layer.state_dict().items()}
    for number, values in course.optimizer.state_dict()["state"].items():
        found |= {f"{OPTIMIZER}{number}.{name}": one for name, one in values.items()}
    return found | {CHANCE: torch.get_rng_state()}


def _told(course: Course) -> dict[str, str]:
    """What is no tensor, as JSON."""
    values = {
        "epoch": course.epoch,
        "rng": course.rng.getstate(),
        "groups": course.optimizer.state_dict()["param_groups"],
        "schedule": course.schedule.state_dict(),
    }
    return {name: json.dumps(value) for name, value in values.items()}


def _restore(net: Network, course: Course, tensors: dict[str, torch.Tensor], kept: dict[str, str]) -> None:
    import torch

    net.encoder.load_state_dict(_named(tensors, ENCODER))
    net.layer.load_state_dict(_named(tensors, HEADS))
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, one in _named(tensors, OPTIMIZER).items():
        number, _, value = name.partition(".")
        state.setdefault(int(number), {})[value] = one
    course.optimizer.load_state_dict({"state": state, "param_groups": json.loads(kept["groups"])})
    course.schedule.load_state_dict(json.loads(kept["schedule"]))
    version, numbers, gauss = json.loads(kept["rng"])
    course.rng.setstate((version, tuple(numbers), gauss))
    torch.set_rng_state(tensors[CHANCE])
    course.epoch = json.loads(kept["epoch"])


def _named(tensors: dict[str, torch.Tensor], start: str) -> dict[str, Any]:
    return {name.removeprefix(start): one for name, one in tensors.items() if name.startswith(start)}


def _to_disk(path: Path) -> None:
    """A rename that outlives a power cut must not name a file that does not."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
