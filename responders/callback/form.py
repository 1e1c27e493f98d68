"""The form in which a customer says how to be reached: what belongs to it, and how it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from models.contact import ContactKind
from models.store.visits import Visit
from responders.callback import times, words
from responders.callback.filling import Faults, Filled
from responders.callback.front import Face, Front

ANCHORS = {name: name for name in ("number", "region", "zone", "when", "email", "speak", "consent")}
"""Where the list of faults leads to."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One visit of a form. ``receipt`` is the token where something is to be changed, ``path`` where it all stands."""

    front: Front
    request: Request
    visit: Visit
    face: Face
    kind: ContactKind
    path: str
    receipt: str = ""

    @property
    def spoken(self) -> words.Words:
        """The customer's language."""
        return self.face.spoken(self.request)

    @property
    def consent(self) -> str:
        """The very words that are agreed to."""
        purpose = self.spoken.say(f"purpose_{self.kind}")
        return self.spoken.say(
            "consent", brand=self.face.name, purpose=purpose, days=self.front.callback.keep_number.days
        )

    @property
    def place(self) -> str:
        """What a form is good for: this case or receipt, this way, these words."""
        owner = self.receipt or self.visit.case.code
        return hashlib.sha256("\n".join((owner, self.kind, self.consent)).encode()).hexdigest()


def shown(
    asking: Asking,
    filled: Filled,
    faults: Faults | None = None,
    clocks: tuple[str, ...] = (),
    form: str = "",
    status: int = 200,
) -> Response:
    """The form, with what was typed and what is wrong with it; ``form`` is its id where it was sent before."""
    front, request, now, callback = asking.front, asking.request, asking.front.clock(), asking.front.callback
    visit = front.seals.visit(request.cookies)
    values: dict[str, Any] = {
        "kind": asking.kind.value,
        "path": asking.path,
        "here": f"{asking.path}/{asking.kind}",
        "token": front.seals.token(visit, asking.place, now, form),
        "filled": filled,
        "faults": faults or {},
        "anchors": ANCHORS,
        "consent": asking.consent,
        "earliest": callback.earliest,
        "latest": callback.latest,
        "languages": list(asking.face.words.values()),
    }
    if asking.kind is ContactKind.PHONE:
        values |= _of_a_call(asking, filled, clocks, now)
    page = front.page(request, asking.face, "form.html", status, asking.spoken, **values)
    return front.sealed(page, visit)


def _of_a_call(asking: Asking, filled: Filled, clocks: tuple[str, ...], now: datetime) -> Mapping[str, Any]:
    callback = asking.front.callback
    regions = [*_regions(asking)]
    known = {code for code, _, _ in regions}
    wanted = filled.one("region") if "region" in filled.values else asking.face.region
    return {
        "regions": regions,
        "region": wanted if wanted in known else "",
        "clocks": [(name, _clock(name, now)) for name in clocks],
        "any_time": filled.one("when") != "some" and not filled.every("at"),
        "days": times.offered(callback, ZoneInfo(asking.front.settings.calendar.timezone), now),
        "hours": times.hours,
    }


def _regions(asking: Asking) -> list[tuple[str, str, object]]:
    """Code, name and number of the countries that are called, by name."""
    lang, every = asking.spoken.lang, words.countries()
    called_there = asking.front.callback.countries or every
    named = [
        (code, str(every[code].get(lang) or every[code]["en"]), every[code]["code"])
        for code in called_there
        if code in every
    ]
    return sorted(named, key=lambda one: one[1])


def _clock(zone: str, now: datetime) -> str:
    """Such as ``14:05, New York``."""
    return f"{now.astimezone(ZoneInfo(zone)):%H:%M}, {zone.rpartition('/')[2].replace('_', ' ')}"
