"""What is wrong with the configured models is said at the start and by `check`, in the same words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.check import check
from engine.thinking import Thinking
from models.errors import SettingsError
from models.settings import Loaded
from tests.build import settings
from tests.classifiers.weights import weights

Tiny = Callable[..., Path]


def wrong_labels(tiny: Tiny) -> dict[str, Any]:
    """A checkpoint that says other words than the configuration."""
    other = {"model": str(tiny(("LEAVES", "STAYS"), name="other")), "labels": {"yes": "yes", "no": "no"}}
    return {"heads": {"churn": other}}


def nowhere(tiny: Tiny) -> dict[str, Any]:
    """A checkpoint that is not there."""
    other = {"model": str(tiny(name="here").with_name("nowhere")), "labels": {"yes": "yes", "no": "no"}}
    return {"heads": {"churn": other}}


def no_accurate(tiny: Tiny) -> dict[str, Any]:
    """A mode whose weights were not copied."""
    return {"mode": "cascade", "accurate": tiny(name="here").with_name("empty")}


@pytest.mark.parametrize(
    ("fault", "words"),
    [(wrong_labels, "the checkpoint has .*STAYS"), (nowhere, "does not load"), (no_accurate, "accurate weights")],
)
async def test_it_is_told_by_both(tiny: Tiny, fault: Callable[[Tiny], dict[str, Any]], words: str) -> None:
    """Which model, what is wrong, and what to write instead."""
    known = settings(classifier={"weights": weights(tiny()), **fault(tiny)})
    name, (found,) = await anext(check(Loaded(Path("config.toml"), known)))
    assert name == "classifier"
    with pytest.raises(SettingsError, match=words) as raised:
        Thinking().panel(known)
    assert found.what == str(raised.value)


async def test_weights_that_are_there_are_no_fault(tiny: Tiny) -> None:
    """The model is the first thing that `check` tries."""
    known = settings(classifier={"weights": weights(tiny()), "threads": 1})
    assert await anext(check(Loaded(Path("config.toml"), known))) == ("classifier", [])
