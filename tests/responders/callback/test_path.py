"""The customer's way: open the link, choose a way, fill in the form, keep the receipt, change it, take it back."""

from __future__ import annotations

import html
from datetime import timedelta

import httpx
import pytest

from models.case import CallOutcome, Dismissal, Resolution
from models.contact import ContactKind
from models.press import Person
from models.store import Store, casework, contacts, surveys, switches
from models.switch import Drop, Stage
from tests.responders.callback.bench import CASE, E164, Page, complaint, filled, served, token_of
from tests.stores import one, rows

ANA = Person("U1", "Ana")


def stage(store: Store) -> Stage:
    """How far the newest switch of the case has come."""
    return store.do(switches.of_case, CASE.id)[-1].stage


def types(store: Store) -> list[str]:
    """The case's history."""
    return [kind for (kind,) in rows(store, "SELECT type FROM case_event ORDER BY seq")]


async def ask(page: Page, visitor: httpx.AsyncClient, kind: str = "phone", **changes: object) -> str:
    """Fill in a form and send it; the receipt's path."""
    form = await visitor.get(f"{page.path}/{kind}")
    sent = await visitor.post(f"{page.path}/{kind}", data=filled(form, **changes))
    assert sent.status_code == 303, sent.text
    return sent.headers["location"].partition("?")[0]


async def test_from_the_link_to_the_number_that_only_the_holder_sees(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The post, the three ways, the form, the receipt: and the number is sealed, consented to, and in the ledger."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        first = await anna.get(page.path)
        assert first.status_code == 200
        assert "My Kestrelo line is dead since noon and nobody answers." in first.text
        assert CASE.code in first.text
        assert [f"/{kind}?" in first.text for kind in ContactKind] == [True, True, True]
        assert stage(store) is Stage.OPENED
        assert "set-cookie" not in first.headers
        path = await ask(page, anna)
        receipt = await anna.get(f"{path}?saved=1")
        assert "Thank you. We have it." in receipt.text
        assert f"{page.front.callback.url}{path}" in receipt.text
        assert "At any time" not in receipt.text
        assert "We call you at any time from 09:00 to 20:00 on your clock." in receipt.text
        assert stage(store) is Stage.ACCEPTED
        (contact,) = store.do(contacts.of_case, CASE.id)
        assert (contact.kind, contact.zone, contact.lang) == (ContactKind.PHONE, "Europe/London", "en")
        store.do(casework.claim, CASE.id, ANA, page.clock())
        assert store.do(contacts.reveal, contact.id, ANA, page.front.vault, page.clock()) == E164
    ((text, purpose, lang, how),) = rows(store, "SELECT text, purpose, lang, how FROM consent")
    assert text in html.unescape(receipt.text)
    assert text.startswith("I agree that Kestrelo uses what I enter here to call me about this matter")
    assert (purpose, lang, how) == ("phone", "en", "page")
    assert E164 not in repr(rows(store, "SELECT * FROM contact"))


async def test_a_switch_is_opened_once_and_by_people_only(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that look at every link, prefetching browsers and HEAD leave no trace; a person does, once."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        for headers in (
            {"user-agent": "Twitterbot/1.0"},
            {"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
            {"user-agent": "facebookexternalhit/1.1"},
            {"user-agent": ""},
            {"sec-purpose": "prefetch;prerender"},
        ):
            assert (await anna.get(page.path, headers=headers)).status_code == 200
        assert (await anna.head(page.path)).status_code == 200
        assert "switch_opened" not in types(store)
        for _ in range(3):
            await anna.get(page.path)
    assert types(store).count("switch_opened") == 1


async def test_looking_does_not_begin_again_what_was_dropped(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is opened after the customer declined opens no other switch."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        await anna.get(page.path)
        store.do(switches.drop, CASE.id, Drop.DECLINED, page.clock(), ANA)
        await anna.get(page.path)
    assert stage(store) is Stage.DROPPED


@pytest.mark.parametrize(("kind", "changes"), [("email", {"email": "anna@example.com"}), ("private", {})])
async def test_to_be_written_to_is_an_equal_choice(
    store: Store, monkeypatch: pytest.MonkeyPatch, kind: str, changes: dict[str, str]
) -> None:
    """An e-mail or a private message is asked for just like a call, with a consent of its own."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        path = await ask(page, anna, kind, **changes)
        assert (await anna.get(path)).status_code == 200
    (contact,) = store.do(contacts.of_case, CASE.id)
    assert contact.kind == kind
    assert one(store, "SELECT purpose FROM consent") == kind
    assert store.do(switches.of_case, CASE.id)[-1].to_channel == ContactKind(kind).channel


async def test_chosen_times_are_kept_and_said_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticked parts of the next days are on the receipt, on the customer's clock."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        windows = ["2026-03-03 09:00-12:00", "2026-03-02 18:00-20:00"]
        path = await ask(page, anna, when="some", at=windows)
        receipt = await anna.get(path)
    (contact,) = store.do(contacts.of_case, CASE.id)
    assert contact.windows == tuple(sorted(windows))
    assert "Monday, 2 March: 18:00–20:00" in receipt.text
    assert "Tuesday, 3 March: 09:00–12:00" in receipt.text


async def test_a_number_of_many_clocks_asks_for_the_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the number leaves the clock open, what was typed stays and the hour there is asked for."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        form = await anna.get(f"{page.path}/phone")
        sent = await anna.post(f"{page.path}/phone", data=filled(form, number="+61 412 345 678"))
        assert sent.status_code == 422
        assert "Choose what time it is where you are." in sent.text
        assert "23:05, Sydney" in sent.text
        assert 'value="+61 412 345 678"' in sent.text
        again = await anna.post(
            f"{page.path}/phone", data=filled(sent, number="+61 412 345 678", zone="Australia/Sydney")
        )
        assert again.status_code == 303
    assert store.do(contacts.of_case, CASE.id)[0].zone == "Australia/Sydney"


async def test_the_same_form_again_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent twice, or after going back to correct it, a form gives the same receipt and one contact."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        form = await anna.get(f"{page.path}/phone")
        places = {
            (await anna.post(f"{page.path}/phone", data=filled(form, number=number))).headers["location"]
            for number in ("+44 20 7946 0018", "+44 20 7946 0018", "+44 20 7946 0999")
        }
        assert len(places) == 1
    assert len(store.do(contacts.of_case, CASE.id)) == 1


async def test_the_receipt_changes_and_withdraws(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the receipt alone a way is changed, taken back in the middle, and given anew; each with its consent."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        path = await ask(page, anna)
        form = await anna.get(f"{path}/email")
        changed = await anna.post(f"{path}/email", data=filled(form, email="anna@example.com"))
        assert changed.headers["location"].startswith(path)
        (contact,) = store.do(contacts.of_case, CASE.id)
        assert contact.kind is ContactKind.EMAIL
        status = await anna.get(path)
        gone = await anna.post(f"{path}/withdraw", data={"form": token_of(status)})
        assert gone.status_code == 303
        assert "You took your consent back on 2 March 2026." in (await anna.get(path)).text
        assert stage(store) is Stage.DROPPED
        assert rows(store, "SELECT sealed FROM contact") == [("",)]
        form = await anna.get(f"{path}/phone")
        assert (await anna.post(f"{path}/phone", data=filled(form))).status_code == 303
        assert stage(store) is Stage.ACCEPTED
    assert one(store, "SELECT count(*) FROM consent") == 3
    assert one(store, "SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 1


async def test_two_who_have_the_link_do_not_disturb_each_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The link is public: another browser adds a contact, and neither sees the other's; from the fourth on, none."""
    complaint(store)
    async with served(store, monkeypatch) as page:
        paths = []
        for _ in range(3):
            async with page.visitor() as somebody:
                paths.append(await ask(page, somebody))
        assert len(set(paths)) == 3
        async with page.visitor() as another:
            form = await another.get(f"{page.path}/phone")
            sent = await another.post(f"{page.path}/phone", data=filled(form))
            assert sent.status_code == 409
            assert "several ways to reach you already" in sent.text
    assert len(store.do(contacts.of_case, CASE.id)) == 3


async def test_after_the_end_it_is_asked_how_it_went(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the receipt, once the case is resolved: answers in parts, changed while they may be, and not for ever."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        path = await ask(page, anna)
        assert "How did it go?" not in (await anna.get(path)).text
        store.do(casework.call_ended, CASE.id, ANA, CallOutcome.RESOLVED, "", page.clock.forward(hours=1))
        status = await anna.get(path)
        assert "This matter is closed, and what you gave us is erased." in status.text
        assert "How did it go?" in status.text
        sent = await anna.post(f"{path}/survey", data={"form": token_of(status), "csat": "4", "again": "no"})
        assert sent.status_code == 303
        thanks = await anna.get(sent.headers["location"])
        assert "Thank you for your answers." in thanks.text
        await anna.post(f"{path}/survey", data={"form": token_of(thanks), "nps": "9"})
        answered = store.do(surveys.of_case, CASE.id)
        assert answered
        assert (answered.csat, answered.nps, answered.again) == (4, 9, False)
        nothing = await anna.post(f"{path}/survey", data={"form": token_of(thanks), "csat": "6"})
        assert nothing.status_code == 422
        page.clock.forward(days=15)
        assert "How did it go?" not in (await anna.get(path)).text


async def test_the_link_that_an_agent_passes_on_asks_how_it_went(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is another link than the public one, which every reader of the post has; that one takes no answer."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        link = page.front.links.survey(CASE.code).removeprefix(page.front.callback.url)
        assert "nothing to answer" in (await anna.get(link)).text
        store.do(casework.resolve, CASE.id, ANA, Resolution.ELSEWHERE, "", page.clock())
        survey = await anna.get(link)
        sent = await anna.post(link, data={"form": token_of(survey), "csat": "5", "nps": "10", "again": "yes"})
        assert sent.status_code == 303
        assert (await anna.get(page.path.replace("/c/", "/s/"))).status_code == 404
        assert "How did it go?" not in (await anna.get(page.path)).text
    answered = store.do(surveys.of_case, CASE.id)
    assert answered
    assert (answered.csat, answered.nps, answered.again) == (5, 10, True)


async def test_a_closed_case_takes_nothing_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that was open when the case ended is not kept, and the page says where to write."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        form = await anna.get(f"{page.path}/phone")
        store.do(casework.dismiss, CASE.id, ANA, Dismissal.NOT_NEEDED, page.clock())
        sent = await anna.post(f"{page.path}/phone", data=filled(form), follow_redirects=True)
        assert "This matter is closed." in sent.text
        page.clock.forward(days=31)
        assert (await anna.get(page.path)).status_code == 404
    assert store.do(contacts.of_case, CASE.id) == []


async def test_the_page_speaks_the_customers_language(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for goes before the browser's wish, that before the brand's first; the consent is kept in it."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor(**{"accept-language": "fr-CH, de;q=0.8"}) as anna:
        assert '<html lang="fr" dir="ltr">' in (await anna.get(page.path)).text
        assert '<html lang="de" dir="ltr">' in (await anna.get(f"{page.path}?lang=de")).text
        assert '<html lang="fr" dir="ltr">' in (await anna.get(f"{page.path}?lang=tlh")).text
        form = await anna.get(f"{page.path}/phone?lang=it")
        await anna.post(f"{page.path}/phone?lang=it", data=filled(form, speak="it"))
    assert one(store, "SELECT lang FROM consent") == "it"
    assert one(store, "SELECT text FROM consent").startswith("Accetto che Kestrelo")


async def test_what_is_not_public_is_not_shown(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that only we can read, and posts whose time is over, are not on a page that others may open."""
    complaint(store, channel="email", text="My secret letter to Kestrelo")
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        first = await anna.get(page.path)
        assert "secret" not in first.text
        assert "This is about what you wrote about Kestrelo." in first.text
        assert "/private?" not in first.text
        assert (await anna.get(f"{page.path}/private")).status_code == 404


async def test_an_idle_form_asks_for_another_press(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After half a day the form is shown again with all that was typed, but for the consent."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        form = await anna.get(f"{page.path}/phone")
        page.clock.now += timedelta(hours=13)
        late = await anna.post(f"{page.path}/phone", data=filled(form))
        assert late.status_code == 403
        assert 'value="+44 20 7946 0018"' in late.text
        assert 'id="consent" name="consent" value="yes" aria-required="true">' in late.text
        assert (await anna.post(f"{page.path}/phone", data=filled(late))).status_code == 303


async def test_each_brand_has_its_own_face(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name, words and colour stand on the pages of its cases, and no brand's on those that belong to none."""
    complaint(store)
    kestrelo = {"name": "Kestrelo", "terms": ["kestrelo"], "page": {"texts": {"en": {"title": "Talk to Kestrelo"}}}}
    other = {"name": "Otherwise", "terms": ["otherwise"], "page": {"colour": "#ff0000"}}
    async with (
        served(store, monkeypatch, brands={"kestrelo": kestrelo, "other": other}) as page,
        page.visitor() as anna,
    ):
        first, nowhere = await anna.get(page.path), await anna.get("/nothing")
        assert "<h1>Talk to Kestrelo</h1>" in first.text
        assert "Otherwise" not in first.text
        assert "Kestrelo" not in nowhere.text + (await anna.get("/nothing?lang=de")).text
    async with served(store, monkeypatch, brands={"other": other}) as page, page.visitor() as anna:
        assert (await anna.get(page.path)).status_code == 404
