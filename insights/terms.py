"""What each measure means, in one sentence. The report, the page of it and docs/measures.md all say it from here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A measure: its ``key`` in the report as JSON, its ``name`` for people, and what it ``says``."""

    key: str
    name: str
    says: str


TERMS = (
    Term("mentions", "Mentions", "Posts that were heard in the span and that no rule had sorted out before."),
    Term(
        "cases",
        "Cases",
        "Cases that were opened in the span; every other measure is of these, as they stood at its end.",
    ),
    Term("resolved", "Resolved", "Cases that were closed as done and not opened again."),
    Term(
        "dismissed", "Dismissed", "Cases that were closed without doing anything; they owe no answer and no solution."
    ),
    Term("still_open", "Open", "Cases that were neither resolved nor dismissed."),
    Term("reopened", "Reopened", "Cases that were opened again at least once."),
    Term("discovery_lag", "Discovery lag", "From the platform's own time of a post until we heard it."),
    Term(
        "claim",
        "Time to claim",
        "From the card, or from the case's opening where no card arrived, until a person claimed it, was handed it or "
        "closed it, for the first time.",
    ),
    Term(
        "first_response",
        "First response",
        "From the post until the customer first heard from us, by a person or the bot: words that arrived, a try to "
        "call, or a case closed as answered or called.",
    ),
    Term("human_response", "First human response", "The same, by a person."),
    Term(
        "resolve",
        "Time to resolve",
        "From the post until the case was closed for good; opening it again goes on with it.",
    ),
    Term(
        "kept",
        "In time",
        "Cases within the channel's target of those that were within it or are past it, open ones too; what is not due "
        "yet is in neither.",
    ),
    Term("backlog", "Backlog", "Cases that were open at the end of the span, whenever they were opened, by their age."),
    Term("same_channel", "Same channel", "Resolved cases that were answered where they began, of the resolved ones."),
    Term(
        "switched",
        "Switched",
        "Resolved cases in which both spoke in another channel, or that were closed as called or settled elsewhere, of "
        "the resolved ones.",
    ),
    Term("by_itself", "By itself", "Resolved cases that needed neither, of the resolved ones."),
    Term(
        "came_back",
        "Came back",
        "Cases in which the customer wrote again within `callback.failed_within` after they were resolved, of those "
        "for which that is known.",
    ),
    Term(
        "visible_ending",
        "Visible ending",
        "Resolved cases whose end can be read where the complaint stands: answered there, or closed there by a line.",
    ),
    Term("reached", "Reached", "Switches that came to a stage, or past it by skipping it."),
    Term("skipped", "Passed by", "Switches that came past a stage without having been in it."),
    Term("stay", "Time in the stage", "From coming to a stage until leaving it, each time that a switch came there."),
    Term("offer_to_call", "Offer to call", "From the offer until both spoke."),
    Term("hops", "Hops", "How many switches a case had."),
    Term(
        "held",
        "Held",
        "Switches that were settled and after which the customer did not come back within `callback.failed_within`, of "
        "those offered whose end is known; what was not needed after all, or forgotten, is left out.",
    ),
    Term(
        "failed",
        "Failed",
        "Switches after which the customer came back in public within `callback.failed_within`, of the settled ones "
        "for which that is known.",
    ),
    Term(
        "context_kept",
        "Context kept",
        "Switches before whose first try somebody had opened the brief, of those that were tried.",
    ),
    Term(
        "explained_again", "Explained again", "Customers who say that they had to explain it again, of those who say."
    ),
    Term(
        "score",
        "Switch score",
        "100 × (held² × context kept × (1 − explained again))^¼: 100 where every switch held, was made by people who "
        "had read the brief, and spared the customer a second explanation; 0 where none held. A part of which fewer "
        "than ten are known is left out.",
    ),
    Term("answered", "Answered", "Customers who answered at least one question, of those who were asked."),
    Term("satisfied", "CSAT", "Customers who gave 4 or 5 of 5, of those who gave a number."),
    Term("nps", "NPS", "The share of 9 and 10 less the share of 0 to 6, of those who gave a number, in points."),
    Term("stayed", "Stayed", "People who were leaving and were retained, of those known to be retained or lost."),
    Term("at_least", "Stayed at least", "The same, with those of whom nobody knows counted as lost."),
    Term(
        "lift",
        "Lift",
        "The share that stayed in the win-back lane less the share that stayed without it, in the held-out arm.",
    ),
)
BY_KEY = {term.key: term for term in TERMS}


def name_of(key: str) -> str:
    """What a measure is called."""
    return BY_KEY[key].name
