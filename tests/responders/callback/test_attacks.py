"""What somebody tries who means harm: forged links, foreign forms, script in every field, floods, odd requests."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import urlencode

import httpx
import pytest

from models.case import new_code
from models.store import Store, contacts, privacy
from models.vault import Vault, new_key
from responders.callback.app import HEADERS
from responders.callback.visitors import LIMITS
from tests.build import ANNA
from tests.responders.callback.bench import CASE, NUMBER, complaint, filled, served, token_of
from tests.responders.callback.test_path import ask
from tests.stores import one, rows

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}${7*7}%s"
FORM = "application/x-www-form-urlencoded"

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""What is refused is refused before any database; test_path has both."""


def unlike(link: str) -> list[str]:
    """Links that are nearly right."""
    head, _, signature = link.rpartition("-")
    other = "2" if signature[-1] != "2" else "3"
    return [
        f"{head}-{signature[:-1]}{other}",
        f"{head}-{signature[:-1]}",
        f"{head}-{signature}2",
        f"{head}-",
        head,
        f"/c/{new_code()}-{signature}",
        f"/c/{signature}-{head[3:]}",
        f"{head}-{signature[::-1]}",
        "/c/-",
        "/c/%00",
        f"/c/{'2' * 2000}",
        "/c/..%2f..%2fetc%2fpasswd",
        "/c/ẞẞẞẞẞẞẞ-ẞẞẞẞẞẞẞẞẞẞ",
        "/r/" + "A" * 43,
        "/r/" + "0" * 64,
        "/r/../../etc/passwd",
        "/s/" + head[3:] + "-" + signature,
        "/look/../app.py",
        "/look/page.css",
        "/admin",
        "/",
    ]


def said(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    """All that a visitor can see of an answer but the time of day."""
    return answer.status_code, answer.text, sorted(pair for pair in answer.headers.items() if pair[0] != "date")


async def test_all_links_that_lead_nowhere_look_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forged, unknown, expired, erased, of a foreign key, or a path of nothing: byte for byte the same 404."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as eve:
        known = said(await eve.get("/nothing"))
        assert known[0] == 404
        for path in unlike(page.path):
            assert said(await eve.get(path)) == known, path
            assert said(await eve.get(f"{path}/phone")) == known, path
        unknown = page.front.links.of(new_code()).removeprefix(page.front.callback.url)
        assert said(await eve.get(unknown)) == known
        foreign = type(page.front.links)(page.front.callback.url, Vault([new_key()])).of(CASE.code)
        assert said(await eve.get(foreign.removeprefix(page.front.callback.url))) == known
        store.do(privacy.forget, "x", ANNA.id, page.clock())
        assert said(await eve.get(page.path)) == known
        assert said(await eve.get(f"{page.path}/phone")) == known


async def test_no_answer_forgets_a_header(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages, refusals, files and failures alike: no script, frame, cache, index or referrer, and no server's name."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as eve:
        form = await eve.get(f"{page.path}/phone")
        answers = [
            form,
            await eve.get(page.path),
            await eve.get("/nothing"),
            await eve.get("/robots.txt"),
            await eve.get("/favicon.ico"),
            await eve.delete(page.path),
            await eve.post(f"{page.path}/phone", data=filled(form)),
            await eve.post(f"{page.path}/phone", content=b"x" * 20_000, headers={"content-type": FORM}),
        ]
        monkeypatch.setattr(page.front.store, "run", None)
        answers.append(await eve.get(page.path))
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200, 204, 405, 303, 413, 503]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS)
        assert "server" not in answer.headers
    assert answers[3].text == "User-agent: *\nDisallow: /\n"
    look = next(line for line in form.text.splitlines() if "stylesheet" in line).split('"')[3]
    async with served(store, monkeypatch) as page, page.visitor() as eve:
        style = await eve.get(look)
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in style.headers["cache-control"]


async def test_with_https_the_cookie_is_locked_to_the_host(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secure, for this host alone, never sent from another site nor read by a script; and browsers stay with TLS."""
    complaint(store)
    public = {"url": "https://care.example.com/help"}
    async with served(store, monkeypatch, callback=public) as page, page.visitor() as anna:
        assert page.path.startswith("/c/")
        for path in (page.path, f"/help{page.path}"):
            form = await anna.get(f"{path}/email")
            assert 'action="/help/c/' in form.text
            cookie = form.headers["set-cookie"].lower()
            assert cookie.startswith("__host-visit=")
            assert {"httponly", "secure", "samesite=strict", "path=/"} <= {part.strip() for part in cookie.split(";")}
            assert "domain" not in cookie
        assert form.headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.parametrize(
    "how", ["no cookie", "no token", "another's token", "of another page", "other site", "other origin", "bent"]
)
async def test_a_form_of_somebody_elses_is_not_taken(store: Store, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """A page elsewhere cannot make a visitor's browser send a form of ours (CSRF)."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna, page.visitor() as eve:
        form, hers = await anna.get(f"{page.path}/phone"), await eve.get(f"{page.path}/phone")
        headers = {"other site": {"sec-fetch-site": "cross-site"}, "other origin": {"origin": "https://evil.example"}}
        values = filled(form)
        if how == "no cookie":
            anna.cookies.clear()
        elif how == "no token":
            values = filled(form, form=None)
        elif how == "another's token":
            values = filled(form, form=token_of(hers))
        elif how == "of another page":
            values = filled(form, form=token_of(await anna.get(f"{page.path}/email")))
        elif how == "bent":
            values = filled(form, form=token_of(form)[:-2] + "AA")
        sent = await anna.post(f"{page.path}/phone", data=values, headers=headers.get(how, {}))
        assert sent.status_code == 403
        assert "Nothing was sent. Please send it once more." in sent.text
    assert store.do(contacts.of_case, CASE.id) == []


async def test_a_receipt_takes_no_form_but_its_own(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """To take back or to change needs the receipt's own page open; another receipt's token does nothing."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna, page.visitor() as eve:
        hers, evil = await ask(page, anna), await ask(page, eve)
        token = token_of(await eve.get(evil))
        for data in ({"form": ""}, {"form": token}):
            assert (await eve.post(f"{hers}/withdraw", data=data)).status_code == 403
        looked = await eve.get(f"{hers}/withdraw")
        assert (looked.status_code, looked.headers["location"]) == (303, hers)
        # Nor does the form of one receipt, in the same browser, change another.
        mine, form = await ask(page, eve), await eve.get(f"{evil}/email")
        values = filled(form, email="eve@example.com")
        assert (await eve.post(f"{mine}/email", data=values)).status_code == 403
        assert (await eve.post(f"{evil}/email", data=values)).status_code == 303
        assert all(contact.usable for contact in store.do(contacts.of_case, CASE.id))


async def test_script_in_every_field_is_only_text(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is typed comes back escaped and as typed, and nothing of it is kept."""
    complaint(store, text=f"My Kestrelo is dead {SCRIPT}")
    async with served(store, monkeypatch) as page, page.visitor() as eve:
        assert "<script" not in (await eve.get(page.path)).text
        for kind in ("phone", "email"):
            form = await eve.get(f"{page.path}/{kind}")
            names = ["number", "region", "zone", "when", "at", "email", "speak", "consent", "more"]
            sent = await eve.post(f"{page.path}/{kind}", data={"form": token_of(form)} | dict.fromkeys(names, SCRIPT))
            assert sent.status_code == 422
            assert "<script" not in sent.text
            assert "<img" not in sent.text
            assert "&lt;script&gt;" in sent.text
            assert "49" not in sent.text.split('name="number"' if kind == "phone" else 'name="email"')[1][:200]
        for query in (f"lang={SCRIPT}", "saved=1&lang=%3Cscript%3E"):
            assert "<script" not in (await eve.get(f"{page.path}?{query}")).text
    assert store.do(contacts.of_case, CASE.id) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+1 900 555 0100", "We cannot call this kind of number"),
        ("+44 909 879 0000", "We cannot call this kind of number"),
        ("112", "This number is too short"),
        ("+49 30 901820", "We cannot call this country"),
        ("+870 776 123456", ""),
        ("020 7946", "This is not a telephone number"),
        ("<b>+44</b>", "This is not a telephone number"),
        ("+44 20 7946 0018 ext. 99", "Leave out the extension"),
        ("", "Enter your telephone number"),
        ("٠٢٠٧٩٤٦٠٠١٨" * 3, "This is not a telephone number"),
    ],
)
async def test_numbers_that_nobody_should_call(
    store: Store, monkeypatch: pytest.MonkeyPatch, number: str, words: str
) -> None:
    """Premium, short, of another country, of no country, or no number at all: refused with what to do."""
    complaint(store)
    async with served(store, monkeypatch, callback={"countries": ["GB", "US"]}) as page, page.visitor() as eve:
        form = await eve.get(f"{page.path}/phone")
        sent = await eve.post(f"{page.path}/phone", data=filled(form, number=number, region="GB"))
        assert sent.status_code == 422
        assert words in sent.text
        assert 'href="#number"' in sent.text
    assert store.do(contacts.of_case, CASE.id) == []


@pytest.mark.parametrize(
    ("changes", "anchor"),
    [
        ({"region": "ZZ1"}, "region"),
        ({"speak": "tlh"}, "speak"),
        ({"consent": None}, "consent"),
        ({"consent": "no"}, "consent"),
        ({"when": "some"}, "when"),
        ({"at": "2026-03-02 00:00-23:59"}, "when"),
        ({"at": "2027-03-02 09:00-12:00"}, "when"),
        ({"at": "2026-02-31 09:00-12:00"}, "when"),
        ({"at": ["2026-03-03 09:00-12:00"] * 40 + ["x"]}, "when"),
        ({"at": "2026-03-02 09:00-12:00"}, "when"),
        ({"number": "+61 412 345 678", "zone": "Europe/London"}, "zone"),
        ({"number": "+61 412 345 678", "zone": "../../etc/passwd"}, "zone"),
    ],
)
async def test_what_no_form_of_ours_offers_is_not_taken(
    store: Store, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], anchor: str
) -> None:
    """A bent field is a fault of that field, and nothing is kept."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as eve:
        form = await eve.get(f"{page.path}/phone")
        sent = await eve.post(f"{page.path}/phone", data=filled(form, **changes))
        assert sent.status_code == 422, sent.text
        assert f'href="#{anchor}"' in sent.text
    assert store.do(contacts.of_case, CASE.id) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"number=" + b"1" * 20_000, FORM, 413),
        (b"number=%00", FORM, 400),
        (b"number=1%0d%0aSet-Cookie:x", FORM, 400),
        (b"number=%ff%fe", FORM, 400),
        (b"number=\xff", FORM, 400),
        (b"&".join([b"a=1"] * 100), FORM, 400),
        (b"number=" + b"1" * 400, FORM, 400),
        (b'{"number": "1"}', "application/json", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
        (b"<x/>", "text/xml", 415),
        (b"", "", 415),
    ],
)
async def test_odd_bodies_are_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch, body: bytes, kind: str, status: int
) -> None:
    """What no browser would send of our form is not looked at."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as eve:
        sent = await eve.post(f"{page.path}/phone", content=body, headers={"content-type": kind} if kind else {})
        assert sent.status_code == status
        assert "<h1>This could not be read</h1>" in sent.text


async def test_a_body_without_a_length_is_cut_off(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that never says how long it is ends at the same size."""
    complaint(store)

    async def endless() -> object:
        for _ in range(1000):
            yield b"a=" + b"1" * 1000 + b"&"

    async with served(store, monkeypatch) as page, page.visitor() as eve:
        sent = await eve.post(f"{page.path}/phone", content=endless(), headers={"content-type": FORM})  # type: ignore[arg-type]
        assert sent.status_code == 413


async def test_nothing_follows_what_a_visitor_says_of_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A false host, method or path of a proxy changes no link, no redirect and no method."""
    complaint(store)
    lies = {"host": "evil.example", "x-forwarded-host": "evil.example", "x-http-method-override": "DELETE"}
    lies |= {"x-forwarded-proto": "javascript", "x-original-url": "/admin", "forwarded": "host=evil.example"}
    async with served(store, monkeypatch) as page, page.visitor(**lies) as eve:
        path = await ask(page, eve)
        receipt = await eve.get(f"{path}?saved=1")
        for answer in (await eve.get(page.path), receipt, await eve.get("/nothing")):
            assert "evil" not in answer.text + repr(answer.headers)
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "post"):
            assert (await eve.request(method, page.path)).status_code == 405


async def test_a_thousand_forms_are_not_a_thousand_contacts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """From one address a few are read, the rest wait; the case keeps one contact, and the answer says when to come."""
    complaint(store)
    async with served(store, monkeypatch, LIMITS) as page, page.visitor() as eve:
        form = await eve.get(f"{page.path}/phone")
        gate = asyncio.Semaphore(20)

        async def send() -> httpx.Response:
            async with gate:
                return await eve.post(f"{page.path}/phone", data=filled(form))

        answers = await asyncio.gather(*(send() for _ in range(1000)))
        codes = [answer.status_code for answer in answers]
        assert (codes.count(303), set(codes)) == (20, {303, 429})
        assert all(1 <= int(answer.headers["retry-after"]) <= 600 for answer in answers if answer.status_code == 429)
        assert "Please wait a moment" in answers[-1].text
    assert len(store.do(contacts.of_case, CASE.id)) == 1


async def test_who_tries_links_has_to_wait(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After thirty wrong links an address gets no page at all for a while, so that no right one is learnt."""
    complaint(store)
    async with served(store, monkeypatch, LIMITS) as page, page.visitor() as eve:
        for _ in range(30):
            assert (await eve.get(f"/c/{new_code()}-2345678923")).status_code == 404
        assert (await eve.get(page.path)).status_code == 429


async def test_many_addresses_cannot_flood_one_code(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy each address has its own count; what changes for one code has one for all of them."""
    complaint(store)
    async with served(store, monkeypatch, LIMITS, callback={"proxies": 1}) as page, page.visitor() as eve:
        form = await eve.get(f"{page.path}/phone")
        codes = [
            (
                await eve.post(
                    f"{page.path}/phone",
                    data=filled(form, number=f"{NUMBER[:-1]}{at % 10}"),
                    headers={"x-forwarded-for": f"6.6.6.6, 2001:db8:{at:x}::1"},
                )
            ).status_code
            for at in range(40)
        ]
    assert codes == [303] * 30 + [429] * 10


async def test_nothing_that_was_typed_is_ever_logged(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not by us, not by the server, also where keeping it fails with an error that repeats it."""
    complaint(store)
    caplog.set_level(logging.DEBUG)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        path = await ask(page, anna)
        form = await anna.get(f"{page.path}/phone")
        run = page.front.store.run

        async def failing(work: object, *args: object, **more: object) -> object:
            if work is contacts.give:
                raise ValueError(f"cannot keep {args}")
            return await run(work, *args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(page.front.store, "run", failing)
        values = filled(form)
        sent = await anna.post(f"{page.path}/phone", data=values)
        assert sent.status_code == 503
        assert "Nothing was kept." in sent.text
    lines = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    told = " ".join(f"{record.getMessage()} {vars(record)}" for record in lines)
    assert "a page of the call-back server failed" in told
    secret = path.rpartition("/")[2]
    for word in (NUMBER, "442079460018", "7946", secret, values["form"], page.path.rpartition("-")[2], "127.0.0.1"):
        assert word not in told, word


async def test_withdrawing_in_the_middle_wins(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form of before the withdrawal, sent again, does not undo it; a new one may."""
    complaint(store)
    async with served(store, monkeypatch) as page, page.visitor() as anna:
        form = await anna.get(f"{page.path}/phone")
        path = (await anna.post(f"{page.path}/phone", data=filled(form))).headers["location"].partition("?")[0]
        await anna.post(f"{path}/withdraw", data={"form": token_of(await anna.get(path))})
        again = await anna.post(f"{page.path}/phone", data=filled(form))
        assert again.status_code == 409
        assert rows(store, "SELECT sealed FROM contact") == [("",)]
        assert (await anna.post(f"{page.path}/phone", data=filled(again))).status_code == 303
    assert one(store, "SELECT count(*) FROM contact WHERE sealed <> ''") == 1


async def test_raw_requests_that_are_no_http_harm_nobody(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Smuggled lengths, endless heads and rubbish are answered or dropped, and the next visitor is served."""
    complaint(store)
    async with served(store, monkeypatch) as page:
        host, _, port = page.address.removeprefix("http://").partition(":")
        for raw in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
            b"POST /c/x/phone HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzz\r\n",
            b"GET /c/\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
            urlencode({"a": "b"}).encode(),
        ):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(raw)
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            assert not answer or answer.split()[1] in (b"400", b"404", b"415"), answer[:100]
        async with page.visitor() as anna:
            assert (await anna.get(page.path)).status_code == 200
