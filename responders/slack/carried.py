"""What buttons and forms carry through Slack, written and read in one place. It knows Slack's limits and no cases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from models.form import Field, Form
from models.press import Verb

MORE = "more"
"""The action id of an overflow menu; its options name their verbs."""
READ_ONLY = "read"
"""The callback id of a form that can only be read."""
VALUE, OPTION, METADATA = 2000, 150, 3000
"""Signs at most: https://docs.slack.dev/reference/block-kit."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What came back from a button or a form; ``verb`` is None where it is none of ours."""

    verb: Verb | None
    case_id: str = ""
    mention_id: str = ""
    place: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)


def value(case_id: str, mention_id: str, kept: Mapping[str, str] | None = None) -> str:
    """The value of a button, whose action id is its verb; ``kept`` is what it fills in."""
    said: dict[str, Any] = {"case": case_id[:100], "mention": mention_id[:100]}
    return _json(said | ({"kept": {name[:40]: one[:100] for name, one in kept.items()}} if kept else {}))


def option(verb: Verb, case_id: str, mention_id: str) -> str:
    """The value of an option of an overflow menu."""
    return _json({"verb": verb, "case": case_id[:40], "mention": mention_id[:40]})


def pressed(action: Mapping[str, Any]) -> Carried:
    """What an entry of ``actions`` of a ``block_actions`` payload means; never raises."""
    said = _read((action.get("selected_option") or {}).get("value") or action.get("value"))
    name = str(said.get("verb") or action.get("action_id") or "")
    return Carried(
        _verb(name.partition(":")[0]), _text(said, "case"), _text(said, "mention"), kept=_strings(said.get("kept"))
    )


def metadata(form: Form, place: str = "") -> str:
    """The ``private_metadata`` of a form. What is kept and finds no room is left out, the longest first.

    A text that could be that long belongs on the case; Slack has 3,000 signs for all of it.
    """
    kept = dict(form.kept or {})
    while True:
        said = {"case": form.case_id, "mention": form.mention_id, "seen": form.seen, "kept": kept, "place": place}
        carried = _json(said)
        if len(carried) <= METADATA:
            return carried
        if not kept:
            return _json({"case": form.case_id[:100], "mention": form.mention_id[:100], "seen": form.seen})
        del kept[max(kept, key=lambda name: (len(kept[name]), name))]


def submitted(view: Mapping[str, Any]) -> Carried:
    """What a ``view_submission`` means; ``kept`` also holds ``seen``, the case's version then; never raises."""
    said = _read(view.get("private_metadata"))
    seen = {"seen": str(said["seen"])} if isinstance(said.get("seen"), int) else {}
    verb = _verb(str(view.get("callback_id") or ""))
    return Carried(
        verb, _text(said, "case"), _text(said, "mention"), _text(said, "place"), _strings(said.get("kept")) | seen
    )


def input_id(one: Field) -> str:
    """The action id of a field: another for another first value, as Slack otherwise keeps what stood there before.

    https://github.com/slackapi/bolt-js/issues/290
    """
    first = hashlib.sha256(one.value.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{one.name[:200]}:{first}"


def filled(view: Mapping[str, Any]) -> dict[str, str]:
    """The values of a submitted form by the names of its fields; a field where nothing was said is missing."""
    values = (view.get("state") or {}).get("values") or {}
    found: dict[str, str] = {}
    for name, inputs in values.items():
        for element in inputs.values():
            said = _said(element)
            if said:
                found[str(name)] = said
    return found


def _said(element: Mapping[str, Any]) -> str:
    if element.get("selected_date_time"):
        return datetime.fromtimestamp(int(element["selected_date_time"]), UTC).isoformat()
    chosen = (element.get("selected_option") or {}).get("value")
    names = ("value", "selected_user", "selected_conversation", "selected_channel")
    return str(chosen or next((element[name] for name in names if element.get(name)), ""))


def _strings(kept: Any) -> dict[str, str]:
    return {name: one for name, one in kept.items() if isinstance(one, str)} if isinstance(kept, dict) else {}


def _verb(name: str) -> Verb | None:
    try:
        return Verb(name)
    except ValueError:
        return None


def _read(carried: Any) -> dict[str, Any]:
    try:
        said = json.loads(carried) if isinstance(carried, str) else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(said: Mapping[str, Any], name: str) -> str:
    one = said.get(name)
    return one if isinstance(one, str) else ""


def _json(said: Mapping[str, Any]) -> str:
    # Half a surrogate pair would not even be UTF-8.
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()
