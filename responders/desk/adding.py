"""A post that the listeners missed, or that the bot left alone, becomes a case because a person wants it to."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from models.assessment import Assessment
from models.case import Case
from models.decision import Reason, Route
from models.form import Answer, Field, Form, Said, Style
from models.mention import ANONYMOUS, Author, Batch, Mention
from models.past import Screened
from models.press import Verb
from models.store import board, deciding, hearing, subjects
from models.store.subjects import Subject
from responders import compose
from responders.deadlines import due
from responders.desk import words
from responders.desk.asked import Asked, wrong
from responders.desk.links import ELSEWHERE, Post, first_link, post_at
from responders.policy import who_may_answer
from responders.reading import read

LISTENER = "desk"
"""Who has heard it, in the books."""
NO_CARD = "Its channel is in shadow, so no card follows and no case is opened."
LOOKED_BACK = timedelta(days=30)
LONGEST = 3000


def add(asked: Asked) -> Answer:
    """Ask for the post; what was pasted stands there already."""
    link, text = first_link(asked.said("text"))
    brands = tuple((name, brand.name) for name, brand in asked.settings.brands.items())
    brand = (Field("brand", "Brand", Style.CHOICE, brands[0][0], brands[:100]),) if len(brands) > 1 else ()
    return Form(
        "Add a post",
        Verb.ADDED,
        (
            *brand,
            Field("link", "Link to the post", Style.TEXT, link[:LONGEST], optional=True),
            Field("text", "Its words", Style.LONG, text[:LONGEST], hint="As they stand there.", optional=True),
            Field(
                "author", "Its author", Style.TEXT, hint="Handle or name, if you know it.", optional=True, longest=100
            ),
        ),
        "Add",
        ("The bot judges it like any other post, and it becomes a case whatever the bot says.",),
    )


def added(asked: Asked) -> Answer:
    """Hear the post, or take on the one that was heard already."""
    brand = asked.said("brand") or next(iter(asked.settings.brands))
    if brand not in asked.settings.brands:
        raise wrong(brand="It is not in the configuration any more. Choose another.")
    link, text = asked.said("link"), asked.said("text")
    post = post_at(link) if link else Post("", ELSEWHERE)
    if post is None:
        raise wrong(link="This is no address that can be opened: it begins with https:// and holds no blanks.")
    if known := _known(asked, brand, post):
        return _known_already(asked, known)
    if not text:
        raise wrong(text="Nobody has heard this post yet, so its words are needed: paste them here.")
    mention = _mention(asked, brand, post, text)
    if known := subjects.of(asked.session, mention.id):
        return _known_already(asked, known)
    version = asked.settings.version
    if not hearing.hear(asked.session, LISTENER, Batch(), [Screened(mention)], version, asked.now):
        return Said("It was erased before, or its author asked to be forgotten, so it is not taken.")
    if asked.rules_for(brand, post.channel).channel.shadow:
        return Said(f"Taken. The bot reads it now. {NO_CARD}")
    return Said("Taken. The bot reads it now, and its card follows in a moment.")


def open_by_hand(asked: Asked, subject: Subject) -> str:
    """Open a case for a post that was decided otherwise, or add it to its author's open one, and say how it stands."""
    mention, rules = subject.mention, asked.rules(subject)
    if rules.channel.shadow:
        return NO_CARD
    assessment = subject.assessment or Assessment()
    reading, past = read(assessment, rules.thresholds), deciding.past_of(asked.session, mention, asked.now)
    why = (Reason.ADDED, *(Reason(one) for one in subject.reasons if one in list(Reason) and one != Reason.AUDIT))
    may, may_why = who_may_answer(mention, rules, Route.REVIEW)
    owed = due(rules.limits, Route.REVIEW, Reason.WIDE_REACH in why, asked.now)
    draft = compose.Draft(
        mention, assessment, reading, past, rules, Route.REVIEW, why, may, may_why, "", (Reason.ADDED,), owed
    )
    decision = compose.decision(draft)
    if not decision.case or not subjects.take_on(asked.session, mention, decision, asked.now):
        return "It is in a case by now."
    return f"It is case {decision.case.code} now."


def _known(asked: Asked, brand: str, post: Post) -> Subject | None:
    if not post.link:
        return None
    found = None
    if post.external_id:
        found = subjects.of(asked.session, _blank(brand, post, asked.now).id)
    if found is None and (there := subjects.by_link(asked.session, brand, post.link, asked.now - LOOKED_BACK)):
        found = subjects.of(asked.session, there)
    return found


def _known_already(asked: Asked, subject: Subject) -> Answer:
    """It was heard: its case is named, or it gets one."""
    if subject.state != "decided" and asked.rules(subject).channel.shadow:
        return Said(f"It was heard already and is being read. {NO_CARD}")
    if subject.state != "decided":
        return Said("It was heard already and is being read. If it needs people, its card follows in a moment.")
    case = board.case_of(asked.session, subject.case_id) if subject.case_id else None
    if case is None:
        return Said(f"It was heard already and left alone. {open_by_hand(asked, subject)}")
    return Said(f"It was heard already: {_stands(asked, case)}.")


def _stands(asked: Asked, case: Case) -> str:
    holder = f", {words.called(case.holder)} has it" if case.holder and case.live else ""
    return f"case {case.code}, {case.state}{holder}"


def _mention(asked: Asked, brand: str, post: Post, text: str) -> Mention:
    handle = (post.author or asked.said("author").lstrip("@"))[:100]
    since = asked.now - LOOKED_BACK
    known = subjects.author_id(asked.session, brand, post.channel, handle, since) if handle else None
    # Without the platform's own id the handle stands for it, so that whoever asked to be forgotten by it stays so.
    author = Author(id=known or handle or ANONYMOUS, handle=handle)
    at = min(post.posted_at or asked.now, asked.now)
    return replace(_blank(brand, post, at, text), author=author)


def _blank(brand: str, post: Post, at: datetime, text: str = "") -> Mention:
    """A post with what makes its id: the same link, or the same words, are the same post."""
    own = f"desk:{hashlib.sha256((post.link or text).encode('utf-8', 'replace')).hexdigest()[:24]}"
    return Mention(post.channel, post.external_id or own, Author(), text, at, brand, post.link, added=True)
