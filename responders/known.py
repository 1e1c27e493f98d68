"""What is known of the person changes what their post alone would lead to. Pure, like the policy that asks it.

Who quotes a case's code is in that case. Whose tone turns after our reply is called. Who is leaving goes to the
win-back lane, or by lot the ordinary way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.assessment import Assessment, Head
from models.decision import Arm, Lane, Reason, Route
from models.past import Past, Quote
from responders.audit import sampled
from responders.gravity import GRAVITY, graver
from responders.reading import Reading, read
from responders.rules import Rules

QUOTES = {
    Quote.OWN: (Reason.QUOTED_CODE,),
    Quote.OTHER: (Reason.QUOTED_CODE, Reason.QUOTED_BY_OTHER),
    Quote.OVER: (Reason.CODE_OVER,),
    Quote.FOREIGN: (Reason.CODE_OF_ANOTHER,),
}

NOT_OURS = frozenset({Reason.EMPTY, Reason.NOT_RELEVANT, Reason.BROADCAST})
"""A post that is left alone for one of these is no word to us, whatever its tone."""

TOO_GRAVE = frozenset({"private", "urgent", "critical"})
"""Who may need one of these is never left to a lot, and neither is who may be in danger."""


@dataclass(frozen=True, slots=True)
class Known:
    """The route and the reasons of a post, given what came before it; ``arm`` is set where it is one of win-back."""

    route: Route
    why: tuple[Reason, ...]
    arm: Arm | None = None

    def lane(self, rules: Rules, now: datetime) -> Lane | None:
        """What is kept of somebody who is leaving."""
        return Lane(self.arm, now + rules.winback.within) if self.arm else None


def with_past(route: Route, why: Sequence[Reason], reading: Reading, past: Past, rules: Rules) -> Known:
    """The same post, of this person and in this case."""
    found = [*why, *QUOTES.get(past.quote, ())]
    if past.quote.joins:
        route = _with_the_case(route, past)
    if has_turned(reading, why, past, rules):
        found.append(Reason.TURNED)
        route = graver(route, Route.CALL)
    grave = reading.failed or not TOO_GRAVE.isdisjoint(reading.yes | reading.doubt) or Reason.DANGER in why
    arm = _arm(route, grave, past, rules)
    if arm is Arm.HELD_OUT:
        found.append(Reason.HELD_OUT)
        # Who needs more by now gets it, and no less; but the lane itself would spoil the comparison.
        route = Route.CALL if grave else Route(rules.winback.usual)
    return Known(route, tuple(dict.fromkeys(found)), arm)


def _with_the_case(route: Route, past: Past) -> Route:
    """People see whatever is said with a code; a calm word makes its case no graver."""
    calm = past.case is not None and past.case.route is Route.ANSWER
    return graver(route, Route.ANSWER if calm else Route.REVIEW)


def has_turned(reading: Reading, why: Sequence[Reason], past: Past, rules: Rules) -> bool:
    """Whether the tone has turned since the author heard from us: calm before and unhappy now, or more urgent.

    Not a second time before they have heard from us again.
    """
    turned_at = past.case.turned_at if past.case else None
    if past.spoken_at is None or (turned_at and turned_at >= past.spoken_at):
        return False
    if not NOT_OURS.isdisjoint(why) or (Reason.UNRELATED in why and not past.replied_in_thread):
        return False
    earlier = [(said, read(said, rules.thresholds)) for said in past.said]
    unhappier = "negative" in reading.yes and any(_calm(said, then) for said, then in earlier)
    pressed = [_urgency(then) for said, then in earlier if Head.URGENCY in said.findings]
    return unhappier or (bool(pressed) and _urgency(reading) > max(pressed))


def _calm(said: Assessment, reading: Reading) -> bool:
    return Head.SENTIMENT in said.findings and "negative" not in reading.yes | reading.doubt


def _urgency(reading: Reading) -> int:
    return len(reading.yes & {"urgent", "critical"})


def _arm(route: Route, grave: bool, past: Past, rules: Rules) -> Arm | None:
    """The side of the win-back comparison; None for whoever is not in it. It stays what it was once."""
    case = past.case
    if route is not Route.WINBACK or (case and GRAVITY.index(case.route) > GRAVITY.index(Route.WINBACK)):
        return None
    if past.arm:
        return past.arm
    if grave or (case and case.route is Route.WINBACK):
        return Arm.EXEMPT
    drawn = sampled(f"winback {case.id if case else past.fresh_id}", rules.winback.holdout)
    return Arm.HELD_OUT if drawn else Arm.OFFERED


def silence(past: Past, why: Sequence[Reason]) -> list[Reason]:
    """What is known of the person that speaks against any automatic answer."""
    turned = Reason.TURNED in why or (past.case is not None and past.case.turned_at is not None)
    quotes = [Reason.QUOTED_BY_OTHER] if past.quote is Quote.OTHER else []
    quotes += [Reason.OPEN_CASE] if past.quote.joins else []
    return [*([Reason.PEOPLE_ONLY] if turned else []), *quotes]
