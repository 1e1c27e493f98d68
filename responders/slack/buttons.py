"""Which buttons a card has, by the state of its case: one that stands out, four at most, and one menu."""

from __future__ import annotations

from collections.abc import Sequence

from models.card import Card
from models.case import CaseState
from models.decision import Route
from models.press import Verb
from responders.card_words import is_audit, is_web, place
from responders.slack import blocks as b
from responders.slack.blocks import Block

LABELS = {
    Verb.CLAIM: "Claim",
    Verb.RELEASE: "Release",
    Verb.HAND_OVER: "Hand over",
    Verb.OFFER_CALL: "Recommend a call",
    Verb.BRIEF: "Brief & call",
    Verb.CALL_DONE: "Call done",
    Verb.CLOSE_OUT: "Close it in public",
    Verb.WINBACK: "Did they stay?",
    Verb.DRAFT: "Draft answer",
    Verb.APPROVE: "Check and send",
    Verb.NOT_US: "Not about us",
    Verb.RETAG: "Wrong tag",
    Verb.MUTE: "Mute such posts",
    Verb.SNOOZE: "Snooze",
    Verb.ESCALATE: "Escalate",
    Verb.RESOLVE: "Resolve",
    Verb.DISMISS: "Dismiss",
    Verb.REOPEN: "Re-open",
    Verb.SHOW_CARD: "Show the whole card",
    Verb.NEEDED: "A person was needed",
    Verb.NOT_NEEDED: "Nobody was needed",
}
"""What people read. The rarer ones stand in the menu, where Slack has room for five."""
OWNED = (Verb.RELEASE, Verb.SNOOZE, Verb.ESCALATE, Verb.RETAG, Verb.DISMISS)
AT_WORK = (Verb.RESOLVE, Verb.HAND_OVER)
CALLING = (Verb.HAND_OVER, Verb.RELEASE, Verb.SNOOZE, Verb.ESCALATE, Verb.DISMISS)
"""The menu while a call is to be made, which takes two buttons."""
CALLS = (Route.CALL, Route.WINBACK)
UNDER_WAY = ("offered", "tried")
"""How far a call is that is still to be made."""


def is_over(card: Card) -> bool:
    """Whether the case has ended, so that its card folds."""
    return card.state in (CaseState.RESOLVED, CaseState.DISMISSED)


def row(card: Card, longest: int = 3000) -> Block | None:
    """The buttons under a card; None where nothing can be pressed. A link beyond ``longest`` signs has no button."""
    shown, menu = _chosen(card)
    drawn = [one for verb in shown if (one := _button(card, verb, longest))]
    # The question of the audit has no answer that would be better than the other.
    if drawn and drawn[0]["action_id"] == shown[0] and not is_audit(card):
        drawn[0] = b.primary(drawn[0])
    if menu:
        drawn.append(b.overflow([(verb, LABELS[verb]) for verb in menu], card.case_id, card.mention_id))
    return b.actions(f"buttons:{card.version}", *drawn) if drawn else None


def links(card: Card, longest: int = 3000) -> Block | None:
    """The one thing that works where no press can reach the desk: the way to answer by hand."""
    by_hand = _button(card, Verb.OPENED_PLATFORM, longest)
    return b.actions("links", by_hand) if by_hand else None


def folded(card: Card) -> Block | None:
    """The menu of a card that has folded into a line."""
    if not card.case_id:
        return None
    rest = (Verb.REOPEN, Verb.SHOW_CARD, Verb.RETAG, *((Verb.MUTE,) if card.state == CaseState.DISMISSED else ()))
    return b.overflow([(verb, LABELS[verb]) for verb in (*_left(card), *rest)], card.case_id, card.mention_id)


def _left(card: Card) -> list[Verb]:
    """What is still to be done about a case that is over."""
    due = [Verb.CLOSE_OUT] if card.closing in ("due", "failed") else []
    return due + ([Verb.WINBACK] if card.winback == "open" else [])


def _chosen(card: Card) -> tuple[Sequence[Verb], Sequence[Verb]]:
    """The verbs of the buttons, the first of which stands out, and those of the menu."""
    if is_audit(card):
        return (Verb.NEEDED, Verb.NOT_NEEDED) if card.mention_id else (), ()
    if card.case_id and is_over(card):
        return (Verb.REOPEN, Verb.OPENED_PLATFORM), (Verb.RETAG, Verb.MUTE, *_left(card))
    if not card.case_id:
        return (Verb.OPENED_PLATFORM, *((Verb.NOT_US, Verb.RETAG) if card.mention_id else ())), ()
    return _at_work(card) if card.state == CaseState.CLAIMED else _unclaimed(card)


def _unclaimed(card: Card) -> tuple[Sequence[Verb], Sequence[Verb]]:
    menu = (Verb.HAND_OVER, Verb.SNOOZE, Verb.ESCALATE, Verb.RETAG, Verb.DISMISS)
    if card.waiting and card.route != Route.PAGE:
        return (Verb.APPROVE, Verb.CLAIM, Verb.DRAFT, Verb.NOT_US), menu
    if card.call in UNDER_WAY:
        return (Verb.CLAIM, Verb.BRIEF, _answer(card), Verb.NOT_US), menu
    if card.route in CALLS:
        return (Verb.CLAIM, Verb.OFFER_CALL, _answer(card), Verb.NOT_US), menu
    return (Verb.CLAIM, _answer(card), Verb.NOT_US), menu


def _at_work(card: Card) -> tuple[Sequence[Verb], Sequence[Verb]]:
    calling = card.call in UNDER_WAY
    call = (Verb.BRIEF, Verb.CALL_DONE) if calling else (Verb.OFFER_CALL,)
    if card.route == Route.PAGE:
        return (Verb.ESCALATE, Verb.OPENED_PLATFORM, *AT_WORK), (Verb.RELEASE, *call, Verb.RETAG, Verb.DISMISS)
    if card.waiting:
        rest = (*call, Verb.RELEASE, Verb.SNOOZE, Verb.DISMISS) if calling else (*call, *OWNED[:3], Verb.DISMISS)
        return (Verb.APPROVE, Verb.DRAFT, *AT_WORK), rest
    if calling:
        return (*call, _answer(card), Verb.RESOLVE), CALLING
    if card.route in CALLS and card.call != "ended":
        return (*call, _answer(card), *AT_WORK), OWNED
    if card.call == "ended":
        return (Verb.RESOLVE, _answer(card), *call, Verb.HAND_OVER), OWNED
    return (_answer(card), *call, *AT_WORK), OWNED


def _answer(card: Card) -> Verb:
    """How this author is answered: by the bot after somebody checks the words, or by hand. Danger is never drafted."""
    return Verb.DRAFT if card.sends_as and card.route != Route.PAGE else Verb.OPENED_PLATFORM


def _button(card: Card, verb: Verb, longest: int) -> Block | None:
    if verb is not Verb.OPENED_PLATFORM:
        return b.button(verb, LABELS[verb], card.case_id, card.mention_id)
    by_hand = card.route != Route.PAGE and is_web(card.reply_link, longest)
    url = card.reply_link if by_hand else card.link
    if not is_web(url, longest):
        return None
    return b.button(verb, f"Open on {place(card.channel) or 'the platform'}", card.case_id, card.mention_id, url)
