"""What a status says as a mention, and where a listener stands in a timeline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listeners.mastodon.origin import api_of
from listeners.mastodon.place import LATE, MOST_KNOWN, Cursor, Item, Place
from listeners.mastodon.status import MISSHAPEN, mention_of, words

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def status(number: int = 1, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    """A status of Mara on home.example."""
    account = {"acct": "Mara", "display_name": "Mara M", "followers_count": 7, "bot": False}
    return {
        "id": str(number),
        "uri": f"https://home.example/users/mara/statuses/{number}",
        "account": account,
        "url": f"https://home.example/@mara/{number}",
        "content": "<p>kestrelo</p>",
        "visibility": "public",
        "created_at": at.isoformat().replace("+00:00", "Z"),
        "mentions": [],
        "language": "en",
        "favourites_count": 1,
        "reblogs_count": 2,
        "replies_count": 3,
    } | more


def test_a_status_is_whole() -> None:
    """Addresses are whole and in lower case, for a server leaves its own name out."""
    people = [{"acct": "Kestrelo_Help"}, {"acct": "Ada@far.example"}]
    found = mention_of(status(mentions=people), "home.example", ("root", "parent"))
    assert found is not None
    assert (found.external_id, found.url) == (
        "https://home.example/users/mara/statuses/1",
        "https://home.example/@mara/1",
    )
    assert (found.author.id, found.author.name, found.author.followers) == ("mara@home.example", "Mara M", 7)
    assert found.addressees == {"kestrelo_help@home.example", "ada@far.example"}
    assert (found.conversation_id, found.in_reply_to, found.lang) == ("root", "parent", "en")
    assert (found.reach.likes, found.reach.reposts, found.reach.replies) == (1, 2, 3)
    assert (found.posted_at, found.edited_at) == (NOW, None)


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_a_letter_is_not_heard(visibility: str) -> None:
    """What was not said in public is not for us."""
    assert mention_of(status(visibility=visibility), "home.example") is None


def test_a_shared_post_is_a_repost() -> None:
    """It is said to be by who shares it, and never taken for new words."""
    shared = mention_of(status(2, reblog=status(1, account={"acct": "ada@far.example"})), "home.example")
    assert shared is not None
    assert (shared.repost, shared.author.handle, shared.text) == (True, "mara@home.example", "kestrelo")


def test_a_quote_names_whom_it_quotes() -> None:
    """The account whose post is quoted is addressed by it."""
    quoting = mention_of(status(quote={"state": "accepted", "quoted_status": status(3)}), "home.example")
    assert quoting is not None
    assert quoting.quotes == "mara@home.example"


@pytest.mark.parametrize("broken", [{"uri": ""}, {"created_at": "yesterday"}, {"account": None}, {"content": None}])
def test_a_broken_status_raises_what_the_listener_knows(broken: dict[str, Any]) -> None:
    """Any other error would end the poll."""
    with pytest.raises(MISSHAPEN):
        mention_of(status(**broken), "home.example")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one<br>two</p><p>three &amp; four</p>", "one\ntwo\n\nthree & four"),
        ('<p><span class="h-card"><a href="x">@<span>mara</span></a></span> hi</p>', "@mara hi"),
        (
            (
                '<p><a href="x"><span class="invisible">https://</span><span class="ellipsis">kestrelo.example/a</span>'
                '<span class="invisible">/b</span></a></p>'
            ),
            "https://kestrelo.example/a/b",
        ),
        ("<p>a <3 b</p>", "a <3 b"),
        ("", ""),
    ],
)
def test_html_is_read_as_a_person_sees_it(html: str, text: str) -> None:
    """Breaks are lines, paragraphs are apart, and links are whole."""
    assert words(html) == text


def test_a_content_warning_is_part_of_the_words() -> None:
    """What is behind it may be what matters, and so may the warning."""
    found = mention_of(status(spoiler_text="outage"), "home.example")
    assert found is not None
    assert found.text == "outage\n\nkestrelo"


# The place


def items(*numbers: int, at: datetime = NOW) -> list[Item]:
    """Statuses, newest first, as a server hands them over."""
    return [Item(str(number), status(number, at)) for number in sorted(numbers, reverse=True)]


def test_a_page_is_heard_oldest_first_and_once() -> None:
    """What is read again is not handed over again."""
    fresh, place = Place("100", "100").after(items(101, 102), False, NOW)
    assert [item.id for item in fresh] == ["101", "102"]
    assert place.after(items(101, 102), False, NOW)[0] == []


def test_a_late_post_is_heard_though_later_ones_were() -> None:
    """A post that is sorted in below what was read already is read with the next round."""
    _, place = Place("100", "100").after(items(110, 120), False, NOW)
    assert place.floor == "100"
    assert [item.id for item in place.after(items(105, 110, 120), False, NOW)[0]] == ["105"]


def test_an_edit_is_heard_again() -> None:
    """A change of a post that is read again is news."""
    _, place = Place("100", "100").after(items(101), False, NOW)
    changed = [Item("101", status(101, edited_at=(NOW + timedelta(minutes=1)).isoformat()))]
    assert [item.id for item in place.after(changed, False, NOW)[0]] == ["101"]


def test_what_is_old_enough_is_not_read_again() -> None:
    """The floor follows the newest post at a distance, by the posts' own clock."""
    _, place = Place("100", "100").after(items(101), False, NOW)
    _, place = place.after(items(200, at=NOW + LATE + timedelta(seconds=1)), False, NOW + LATE)
    assert (place.floor, set(place.known)) == ("101", {"200"})


def test_a_busy_timeline_does_not_swell_the_cursor() -> None:
    """Of more posts than can be remembered the oldest are settled early."""
    _, place = Place("1000", "1000").after(items(*range(1001, 1001 + MOST_KNOWN + 50)), False, NOW)
    assert (place.floor, len(place.known)) == ("1050", MOST_KNOWN)


def test_a_post_from_the_future_settles_nothing() -> None:
    """A wrong clock of a stranger's server does not end the reading again of others."""
    _, place = Place("100", "100").after(items(101), False, NOW)
    _, place = place.after(items(102, at=NOW + timedelta(days=900)), False, NOW)
    _, place = place.after(items(103, at=NOW + timedelta(minutes=1)), False, NOW)
    assert [item.id for item in place.after(items(104), False, NOW)[0]] == ["104"]


def test_a_cursor_keeps_its_places() -> None:
    """What is dumped is read again; a timeline that is new begins now, one that is not asked any more is dropped."""
    _, place = Place("100", "100").after(items(101), False, NOW)
    cursor = Cursor({}, ("a", "b")).moved("a", place, ended=True)
    assert Cursor.read(cursor.dumps(), ["a", "b"]) == cursor
    assert Cursor.read(cursor.dumps(), ["b", "c"]).places == {}


@pytest.mark.parametrize(
    "cursor", ["5", "{}", '{"places": [], "todo": []}', '{"places": {"a": 5}, "todo": [], "down": []}', "x"]
)
def test_anothers_cursor_is_refused(cursor: str) -> None:
    """A name that had another kind of listener before is told from a place."""
    with pytest.raises(ValueError, match="not of a Mastodon listener"):
        Cursor.read(cursor, ["a"])


@pytest.mark.parametrize(
    ("uri", "api"),
    [
        ("https://a.example/users/mara/statuses/5", "https://a.example/api/v1/statuses/5"),
        ("https://a.example/ap/users/9/statuses/5", "https://a.example/api/v1/statuses/5"),
        ("https://a.example/@mara/5", "https://a.example/api/v1/statuses/5"),
        ("https://a.example/notes/5", None),
        ("https://a.example/objects/5-a", None),
        ("https://a.example/", None),
        ("https://a.example/users/mara/statuses/5a", None),
    ],
)
def test_only_mastodons_own_form_is_asked_for_by_the_api(uri: str, api: str | None) -> None:
    """Another software's 404 at that address would say that the post is gone."""
    assert api_of(uri) == api
