"""The public answer: written, looked at, approved, sent once; and all that can stand in its way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.assessment import Danger
from models.decision import Kind, Receipt
from models.form import Form, Said, Wrong
from models.press import Person, Verb
from models.store import Store, controls, effects
from tests.build import assessment, mention
from tests.responders.desk.bench import ANA, BEN, LEA, OLGA, Bench, question
from tests.stores import one, rows

HELLO = "Sorry about that. We will look into it at once."


async def previewed(bench: Bench, text: str = HELLO, by: Person = ANA) -> dict[str, str]:
    """Write an answer and look at it; what the preview brings back when Send is pressed."""
    form = await bench.press(Verb.PREVIEW, by, text=text)
    assert isinstance(form, Form), form
    assert form.submit is Verb.SEND
    return dict(form.kept or {})


def replies(store: Store) -> list[tuple[Any, ...]]:
    """All public answers that were ever queued, as (state, target)."""
    return rows(store, "SELECT state, target FROM effect WHERE kind = 'reply'")


async def test_only_send_reaches_the_customer(store: Store) -> None:
    """Neither the draft nor the preview queues anything; Send queues one answer to the very post, by its exact text."""
    bench = Bench(store)
    await bench.opened()
    form = await bench.press(Verb.DRAFT)
    assert isinstance(form, Form)
    kept = await previewed(bench)
    assert replies(store) == []
    assert await bench.press(Verb.SEND, **kept) is None
    (reply,) = bench.waiting(Kind.REPLY)
    assert (reply.sink, reply.target, reply.body["text"]) == ("telegram", "-100:7", HELLO)
    assert bench.case.answered_at
    assert [what for what, _ in bench.events()] == ["drafted", "claimed", "answer_queued"]
    assert bench.case.holder == ANA


async def test_the_preview_shows_what_will_stand_there(store: Store) -> None:
    """The exact text, the account, to whom, and how many signs the platform counts."""
    bench = Bench(
        store, responders={"slack": {"kind": "slack"}, "telegram": {"kind": "telegram", "handle": "kestrelo_care"}}
    )
    await bench.opened()
    form = await bench.press(Verb.PREVIEW, text=f"  {HELLO}\n")
    assert isinstance(form, Form)
    assert form.quote == HELLO
    assert form.intro == (
        "As @kestrelo_care on Telegram, to Olga M (@olga_m). Everybody can read it. 47 of 4096 signs.",
    )
    assert (form.button, form.replaces) == ("Send", True)


async def test_the_draft_begins_with_the_reviewed_line_and_its_alternatives(store: Store) -> None:
    """The form holds the route's line with the case's code, the masked post, and the FAQ's answer one choice away."""
    bench = Bench(store)
    await bench.opened(question(text="Kestrelo: How do I change my plan? Card 4111111111111111, paid twice!"))
    form = await bench.press(Verb.DRAFT)
    assert isinstance(form, Form)
    fields = {field.name: field for field in form.fields}
    assert bench.case.code in fields["text"].value
    names = [name for name, _ in fields["start"].choices]
    assert names == ["own", "faq", "call", "winback", "review", "thank"]
    answer = await bench.press(Verb.PREVIEW, **dict(form.kept or {}), start="faq", text=fields["text"].value)
    assert isinstance(answer, Form)
    assert (answer.submit, answer.replaces) == (Verb.PREVIEW, True)
    assert next(field.value for field in answer.fields if field.name == "text") == "Change it in the app under Plan."


async def test_words_of_ones_own_are_not_thrown_away_for_a_choice(store: Store) -> None:
    """Who has typed and chosen a text is asked which of the two they mean."""
    bench = Bench(store)
    await bench.opened()
    form = await bench.press(Verb.DRAFT)
    assert isinstance(form, Form)
    answer = await bench.press(Verb.PREVIEW, **dict(form.kept or {}), start="thank", text="My own words")
    assert isinstance(answer, Wrong)
    assert set(answer.faults) == {"start"}


async def test_a_text_that_does_not_fit_stays_in_its_form(store: Store) -> None:
    """The fault counts as the platform does and says by how much it is too long; nothing is kept."""
    bench = Bench(store)
    await bench.opened()
    answer = await bench.press(Verb.PREVIEW, text="😀" * 2100)
    assert answer == Wrong({"text": "4200 of 4096 signs, as Telegram counts them: 104 too many"})
    assert bench.case.draft is None
    assert await bench.press(Verb.PREVIEW, text="  ") == Wrong(
        {"text": "Write something, or choose a text to begin with."}
    )


async def test_a_number_in_the_answer_is_pointed_out(store: Store) -> None:
    """A phone number may be the brand's own, and must not be the customer's."""
    bench = Bench(store)
    await bench.opened()
    form = await bench.press(Verb.PREVIEW, text="Call us on +44 20 7946 0000")
    assert isinstance(form, Form)
    assert any("phone number" in line for line in form.intro)


async def test_send_twice_sends_once(store: Store) -> None:
    """A second Send of the same or of another person finds the answer on its way."""
    bench = Bench(store)
    await bench.opened()
    kept = await previewed(bench)
    await bench.press(Verb.SEND, **kept)
    again = await bench.press(Verb.SEND, **kept)
    assert isinstance(again, Said)
    assert "on its way" in again.text
    assert replies(store) == [("pending", "-100:7")]


async def test_two_who_send_at_once_send_one(store: Store) -> None:
    """Two previews of the same draft, two Sends in the same moment on two connections: one answer."""
    bench = Bench(store)
    await bench.opened()
    kept = await previewed(bench)
    twin = bench.twin()
    pair = bench.made(Verb.SEND, **kept), bench.made(Verb.SEND, BEN, **kept)
    answers = await asyncio.gather(bench.desk.handle(pair[0]), twin.handle(pair[1]))
    twin._store.close()
    assert sorted(answer is None for answer in answers) == [False, True]
    assert replies(store) == [("pending", "-100:7")]


async def test_the_bots_own_answer_and_a_persons_cannot_both_go_out(store: Store) -> None:
    """Both have one key, so where the bot has answered a person is told so and given the link."""
    bench = Bench(store)
    await bench.opened()
    kept = await previewed(bench)
    from responders.desk import answering
    from responders.desk.asked import Asked

    press = bench.made(Verb.SEND, **kept)

    def bots(session: Any) -> None:
        asked = Asked(press, session, bench.clock(), bench.settings, bench.rules_for)
        message = answering.reply(asked, asked.case(), asked.subject(), "The bot's")
        effects.queue(session, [message], bench.clock())
        effects.sent(session, message, Receipt("-100:8"), bench.clock())

    store.do(bots)
    answer = await bench.desk.handle(press)
    assert isinstance(answer, Said)
    assert "was answered in this thread" in answer.text
    assert "https://t.me/kestrelo_talk/7" in answer.text
    assert len(replies(store)) == 1


async def test_an_answer_that_came_too_late_may_be_sent_again(store: Store) -> None:
    """What was certainly never posted does not keep a person from answering."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.SEND, **await previewed(bench))
    message = store.do(effects.claim, "telegram", bench.clock())
    assert message
    store.do(effects.reject, message, "expired", "too late to be of use", [], bench.clock())
    assert bench.case.answered_at is None
    assert await bench.press(Verb.SEND, **await previewed(bench)) is None
    assert replies(store) == [("pending", "-100:7")]


async def test_an_answer_that_may_stand_there_is_not_repeated(store: Store) -> None:
    """Where nobody knows whether the first one was posted, a person looks and writes by hand."""
    bench = Bench(store)
    await bench.opened()
    kept = await previewed(bench)
    await bench.press(Verb.SEND, **kept)
    message = store.do(effects.claim, "telegram", bench.clock())
    assert message
    store.do(effects.reject, message, "needs_human", "nobody knows", [], bench.clock())
    answer = await bench.press(Verb.SEND, **kept)
    assert isinstance(answer, Said)
    assert "may have been posted" in answer.text
    assert replies(store) == [("needs_human", "-100:7")]


async def test_who_asked_the_bot_to_stop_is_not_answered_by_it(store: Store) -> None:
    """An opt-out between preview and Send holds the answer back; the draft is kept and the link is given."""
    bench = Bench(store)
    await bench.opened()
    kept = await previewed(bench)
    store.do(_opt_out, bench.mention.author_key, bench.clock())
    answer = await bench.press(Verb.SEND, **kept)
    assert isinstance(answer, Said)
    assert "asked the bot to stop" in answer.text
    assert replies(store) == []
    assert bench.case.draft
    assert bench.case.draft.text == HELLO


def _opt_out(session: Any, author_key: str, now: Any) -> None:
    from models.tables import OptOutRow

    session.add(OptOutRow(author_key=author_key, at=now, why="asked in a post"))
    session.flush()


async def test_a_pause_holds_send(store: Store) -> None:
    """While people hold public replies nothing is queued, and who pressed knows until when."""
    bench = Bench(store)
    await bench.opened()
    kept = await previewed(bench)
    store.do(controls.pause, False, bench.clock() + timedelta(minutes=30), bench.clock())
    answer = await bench.press(Verb.SEND, **kept)
    assert answer == Said(
        "Public replies are held until 13:31, so nothing was sent. The text is kept as the case's draft."
    )
    store.do(controls.resume, bench.clock())
    assert await bench.press(Verb.SEND, **kept) is None


@pytest.mark.parametrize("verb", [Verb.DRAFT, Verb.PREVIEW])
async def test_where_the_platform_wants_a_summons_a_person_gets_the_link(store: Store, verb: Verb) -> None:
    """On X the bot may not answer who did not call it: why is said, with a link that holds the text."""
    bench = Bench(store, channels={"x": {"reply_with": "telegram"}})
    await bench.opened(mention())
    answer = await bench.press(verb, text=HELLO)
    assert isinstance(answer, Said)
    assert answer.text.startswith("A person answers by hand: X accepts replies by API only to authors who mentioned")
    assert "https://x.com/intent/tweet?in_reply_to=1900&text=" in answer.text
    assert replies(store) == []


async def test_danger_is_never_drafted(store: Store) -> None:
    """Where somebody may be in danger there is no draft, whatever the platform allows."""
    bench = Bench(store)
    await bench.opened(question(text="I want to end it all"), assessment(danger=(Danger("self_harm", "end it all"),)))
    answer = await bench.press(Verb.DRAFT)
    assert isinstance(answer, Said)
    assert "only people answer where somebody may be in danger" in answer.text
    assert isinstance(await bench.press(Verb.SEND, digest="x"), Said)
    assert replies(store) == []


async def test_replies_that_were_switched_off_are_not_sent(store: Store) -> None:
    """Whatever was previewed before the reload of the configuration."""
    bench = Bench(store)
    await bench.opened()
    kept = await previewed(bench)
    off = Bench(store, replies={"mode": "off"})
    off.mention = bench.mention
    press = bench.made(Verb.SEND, **kept)
    answer = await off.desk.handle(press)
    assert isinstance(answer, Said)
    assert "replies are set to off" in answer.text
    assert replies(store) == []


async def test_the_case_of_another_is_answered_by_them(store: Store) -> None:
    """Two agents do not answer past each other; a lead may step in."""
    bench = Bench(store, desk={"leads": ["ULEA"]})
    await bench.opened()
    await bench.press(Verb.CLAIM)
    answer = await bench.press(Verb.DRAFT, BEN)
    assert isinstance(answer, Said)
    assert answer.text.startswith(f"Ana has case {bench.case.code} since 13:00")
    assert isinstance(await bench.press(Verb.DRAFT, LEA), Form)


async def test_a_form_open_for_an_hour_loses_nothing(store: Store) -> None:
    """Another has claimed the case meanwhile: the typed text is kept as its draft, and who typed is told."""
    bench = Bench(store)
    await bench.opened()
    form = await bench.press(Verb.DRAFT)
    assert isinstance(form, Form)
    await bench.press(Verb.CLAIM, BEN)
    bench.clock.forward(hours=1)
    answer = await bench.press(Verb.PREVIEW, **dict(form.kept or {}), text="An hour of work")
    assert isinstance(answer, Said)
    assert "Ben has case" in answer.text
    assert answer.text.endswith("The text that you wrote is kept as the case's draft.")
    assert bench.case.draft
    assert bench.case.draft.text == "An hour of work"


async def test_the_words_of_the_holder_are_not_written_over(store: Store) -> None:
    """Where the other has a draft of their own, the typed text comes back in the answer instead."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.CLAIM, BEN)
    await previewed(bench, "Ben's words", BEN)
    answer = await bench.press(Verb.PREVIEW, text="Ana's words")
    assert isinstance(answer, Said)
    assert answer.text.endswith("The text that you wrote: Ana's words")
    assert bench.case.draft
    assert bench.case.draft.text == "Ben's words"


async def test_a_case_that_was_closed_meanwhile_keeps_the_text(store: Store) -> None:
    """Preview and Send of a closed case send nothing, keep the text and say how to go on."""
    bench = Bench(store)
    await bench.opened()
    kept = await previewed(bench)
    await bench.press(Verb.RESOLVED, BEN, reason="by_itself")
    for verb, fields in ((Verb.SEND, kept), (Verb.PREVIEW, {"text": "More words"})):
        answer = await bench.press(verb, **fields)
        assert isinstance(answer, Said)
        assert f"Case {bench.case.code} is resolved since 13:01" in answer.text
    assert replies(store) == []
    assert bench.case.draft
    assert bench.case.draft.text == "More words"


async def test_a_draft_that_was_changed_meanwhile_is_not_sent(store: Store) -> None:
    """Who sends has seen the very text that goes out."""
    bench = Bench(store)
    await bench.opened()
    kept = await previewed(bench)
    await previewed(bench, "Something else", BEN)
    answer = await bench.press(Verb.SEND, **kept)
    assert isinstance(answer, Said)
    assert answer.text.startswith("The draft was changed by Ben")
    assert replies(store) == []


async def test_another_person_approves(store: Store) -> None:
    """With approval by another, Send of its writer only asks; the approver looks at the text and sends it."""
    bench = Bench(store, desk={"approval": "other", "approvers": ["UANA", "ULEA"]})
    await bench.opened()
    form = await bench.press(Verb.PREVIEW, text=HELLO)
    assert isinstance(form, Form)
    assert form.button == "Ask for approval"
    answer = await bench.press(Verb.SEND, **dict(form.kept or {}))
    assert isinstance(answer, Said)
    assert "waits for somebody else to approve" in answer.text
    assert replies(store) == []
    (note,) = bench.waiting(Kind.NOTE)
    assert note.body["mention"] == ["UANA", "ULEA"]
    refused = await bench.press(Verb.APPROVE, BEN)
    assert isinstance(refused, Said)
    assert "may not approve" in refused.text
    assert isinstance(await bench.press(Verb.SEND, BEN, **dict(form.kept or {})), Said)
    shown = await bench.press(Verb.APPROVE, LEA)
    assert isinstance(shown, Form)
    assert (shown.quote, shown.button) == (HELLO, "Send")
    assert "Written by Ana." in shown.intro
    assert await bench.press(Verb.SEND, LEA, **dict(shown.kept or {})) is None
    assert [what for what, who in bench.events() if who == "ULEA"] == ["approved", "claimed", "answer_queued"]
    assert len(bench.waiting(Kind.REPLY)) == 1


async def test_its_writer_cannot_approve(store: Store) -> None:
    """Opening the approval of one's own text does not help."""
    bench = Bench(store, desk={"approval": "other"})
    await bench.opened()
    kept = await previewed(bench)
    await bench.press(Verb.SEND, **kept)
    shown = await bench.press(Verb.APPROVE)
    assert isinstance(shown, Form)
    assert shown.button == "Ask for approval"
    await bench.press(Verb.SEND, **dict(shown.kept or {}))
    assert replies(store) == []
    assert one(store, "SELECT count(*) FROM effect WHERE kind = 'note' AND purpose = 'approval'") == 1


async def test_there_is_nothing_to_approve_without_a_draft(store: Store) -> None:
    """The button says what to do instead."""
    bench = Bench(store)
    await bench.opened()
    answer = await bench.press(Verb.APPROVE)
    assert answer == Said("There is no draft to approve. Press “Draft answer” to write one.")


async def test_an_approval_holds_for_one_post_only(store: Store) -> None:
    """What was approved and sent to one post is no draft for the next: it is not offered, and not sent unasked."""
    bench = Bench(store, desk={"approval": "other"})
    await bench.opened(question(text="Kestrelo, my bill is odd"), assessment(sentiment="negative"))
    await bench.press(Verb.SEND, **await previewed(bench))
    shown = await bench.press(Verb.APPROVE, LEA)
    assert isinstance(shown, Form)
    assert await bench.press(Verb.SEND, LEA, **dict(shown.kept or {})) is None
    bench.send_all("telegram")

    bench.clock.forward(hours=1)
    await bench.opened(question(external_id="-100:99", text="Kestrelo took the money twice", conversation_id="99"))
    assert bench.case.mentions == 2
    assert bench.case.holder == LEA
    assert await bench.press(Verb.HANDED_OVER, LEA, to=ANA.id) is None
    assert await bench.press(Verb.APPROVE, BEN) == Said(
        "There is no draft to approve. Press “Draft answer” to write one."
    )
    form = await bench.press(Verb.DRAFT)
    assert isinstance(form, Form)
    assert HELLO not in [field.value for field in form.fields]
    again = await bench.press(Verb.PREVIEW, text=HELLO)
    assert isinstance(again, Form)
    assert again.button == "Ask for approval"
    await bench.press(Verb.SEND, **dict(again.kept or {}))
    assert len(replies(store)) == 1


async def test_an_answer_that_fails_is_owed_again_whatever_was_written_since(store: Store) -> None:
    """A text that was kept while the answer was on its way does not hide that it came to nothing."""
    bench = Bench(store)
    await bench.opened()
    await bench.press(Verb.SEND, **await previewed(bench))
    assert "on its way already" in str(await bench.press(Verb.PREVIEW, text="And one more thing."))
    message = bench.store.do(effects.claim, "telegram", bench.clock())
    assert message
    bench.store.do(effects.reject, message, "rejected", "refused", [], bench.clock())
    assert bench.case.answered_at is None
    assert bench.events()[-1][0] == "reply_failed"
    assert bench.case.draft
    assert bench.case.draft.text == "And one more thing."


async def test_a_draft_is_never_said_to_the_person_of_another_case(store: Store) -> None:
    """A button that names one case and the post of another does nothing, whoever made it."""
    bench = Bench(store)
    await bench.opened()
    kept = await previewed(bench)
    stranger = replace(OLGA, id="502", handle="pavel_k")
    await bench.opened(question(external_id="-100:8", author=stranger, conversation_id="8"))
    for verb in (Verb.DRAFT, Verb.PREVIEW, Verb.SEND):
        answer = await bench.press(verb, text=HELLO, **kept)
        assert isinstance(answer, Said), verb
        assert "newest card" in answer.text
    assert replies(store) == []
