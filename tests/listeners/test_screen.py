"""The screen: which brands a post is about, and what is left out before the model, always for the same reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listeners.screen import Screen
from models.decision import Reason
from models.fold import fold
from models.mention import Author
from models.mute import Mute, MuteKind
from models.past import Screened
from models.press import Person
from tests.build import NOW, mention, settings

KESTRELO: dict[str, Any] = {
    "name": "Kestrelo",
    "terms": ["kestrelo", "#kestrelofail", "Café Kestrel"],
    "exclude": ["kestrelo kite"],
    "handles": {"x": ["@KestreloCare"], "telegram": ["kestrelo_official"]},
    "blocked_authors": ["@Pest", "666"],
}
DIMORA: dict[str, Any] = {"name": "Dimora", "terms": ["dimora"], "handles": {"x": ["dimora_help"]}}


def screen(brands: dict[str, Any] | None = None, **toml: Any) -> Screen:
    """The screen of Kestrelo, or of other brands."""
    own = settings(brands=brands or {"kestrelo": KESTRELO}, **toml)
    return Screen(own, own.brands)


KESTRELOS = screen()
TRIAGE = screen(channels={"x": {"addressed": "triage"}})
BOTH = screen({"kestrelo": KESTRELO, "dimora": DIMORA})
ASKED = frozenset({"kestrelocare"})


def seen(by: Screen = KESTRELOS, brand: str = "", **post: Any) -> list[Screened]:
    """How the brands see a post."""
    return by(mention(brand=brand, **post), NOW)


def about(text: str, by: Screen = KESTRELOS, **post: Any) -> list[str]:
    """The brands that a text is about."""
    return [one.mention.brand for one in seen(by, text=text, **post)]


def reason(by: Screen = KESTRELOS, **post: Any) -> Reason | None:
    """Why a post that names Kestrelo goes no further."""
    (one,) = seen(by, **{"text": "My Kestrelo line is dead."} | post)
    return one.reason


@pytest.mark.parametrize(
    "text",
    [
        "Kestrelo",
        "KESTRELO is down",
        "why, kestrelo?",
        "#Kestrelo",
        "@kestrelo hello",
        "Kestrelo's app",
        "Kestrelo\u2019s app",
        "(kestrelo)",
        "kestrelo-router",
        "kestrelo.com is down",
        "Késtrèlö",
        "ke\u0301strelo",
        "#kestrelofail",
        "kestrelofail again",
        "cafe kestrel",
        "CAFÉ\u00a0 KESTREL",
        "Café\nKestrel",
        "k\u200be\u200bs\u200dtrelo",
        "kest\u00adrelo",
        "\u202ekestrelo\u202c",
        "\uff2b\uff45\uff53\uff54\uff52\uff45\uff4c\uff4f",
        "𝐊𝐞𝐬𝐭𝐫𝐞𝐥𝐨",
        "𝕂𝔼𝕊𝕋ℝ𝔼𝕃𝕆",
        "k\u20dde\u20ddstrelo",
        "k" + "\u0336\u0489\u035f" * 60 + "estrelo",
    ],
)
def test_a_brand_is_recognised(text: str) -> None:
    """A term is found whatever its case, accents, fancy letters and invisible signs, as a tag and with a possessive."""
    assert about(text) == ["kestrelo"]


@pytest.mark.parametrize(
    "text",
    [
        "kestrelos fly",
        "kestrelofan",
        "mykestrelo",
        "kestrelo_help",
        "kestrelofailure",
        "kestrel",
        "kest relo",
        "cafékestrel",
        "@MyKestrelo",
        "kestrelo2",
        "",
        "   ",
    ],
)
def test_other_words_are_not_the_brand(text: str) -> None:
    """A term inside a longer word is another word."""
    assert about(text) == []


@pytest.mark.parametrize("text", ["my Kestrelo kite broke", "kestrelo  KITE", "Késtrelo kite and Kestrelo"])
def test_an_excluded_word_means_something_else(text: str) -> None:
    """A post that holds an excluded word is not about the brand."""
    assert about(text) == []


def test_an_addressed_post_is_about_the_brand() -> None:
    """A post to the brand's account is about the brand, whatever its words, on that account's channel only."""
    assert about("it broke again", addressees=ASKED) == ["kestrelo"]
    assert about("my kestrelo kite", addressees=ASKED) == ["kestrelo"]
    assert about("look at this", quotes="kestrelocare") == ["kestrelo"]
    assert about("it broke again", addressees=ASKED, channel="telegram") == []
    assert about("it broke again", addressees=frozenset({"somebody"})) == []


def test_words_of_another_channels_account_do_not_count() -> None:
    """An account is the brand's on its own channel: the same name elsewhere is somebody else."""
    assert reason(author=Author(handle="kestrelo_official")) is None
    assert reason(author=Author(handle="kestrelo_official"), channel="telegram") is Reason.OWN_POST


@pytest.mark.parametrize(
    ("post", "why"),
    [
        ({"author": Author(id="1", handle="KestreloCare")}, Reason.OWN_POST),
        ({"author": Author(id="KESTRELOCARE")}, Reason.OWN_POST),
        ({"author": Author(id="1", bot=True)}, Reason.BOT_POST),
        ({"repost": True}, Reason.REPOST),
        ({"author": Author(id="1", handle="pest")}, Reason.BLOCKED_AUTHOR),
        ({"author": Author(id="666")}, Reason.BLOCKED_AUTHOR),
        ({"posted_at": NOW - timedelta(hours=24, seconds=1)}, Reason.TOO_OLD),
        ({"posted_at": NOW - timedelta(hours=24)}, None),
        ({"posted_at": NOW + timedelta(hours=1)}, None),
        ({"text": " \n", "addressees": ASKED}, Reason.EMPTY),
        ({"addressees": ASKED}, Reason.ADDRESSED),
        ({"addressees": frozenset({"somebody"})}, None),
        ({"quotes": "kestrelocare"}, None),
        ({"text": "@KestreloCare in words alone, kestrelo"}, None),
        ({}, None),
    ],
)
def test_a_rejection_has_its_reason(post: dict[str, Any], why: Reason | None) -> None:
    """Own posts, bots, reposts, blocked authors, old, empty and addressed posts go no further; others do."""
    assert reason(**post) is why


def test_the_first_reason_holds() -> None:
    """Of several reasons the gravest is kept: a post of our own is that, whatever else it is."""
    own = Author(id="1", handle="kestrelocare", bot=True)
    assert reason(author=own, repost=True, addressees=ASKED, posted_at=NOW - timedelta(days=9)) is Reason.OWN_POST


def test_addressed_posts_can_be_triaged() -> None:
    """With ``addressed = "triage"`` a post to the brand goes on, on that channel only."""
    assert reason(TRIAGE, addressees=ASKED) is None
    assert reason(TRIAGE, addressees=frozenset({"kestrelo_official"}), channel="telegram") is Reason.ADDRESSED


def test_a_channel_has_its_own_age() -> None:
    """A channel's greatest age holds on that channel only."""
    by = screen(channels={"reddit": {"max_age": "7d"}})
    old = NOW - timedelta(days=3)
    assert [reason(by, posted_at=old, channel=channel) for channel in ("reddit", "x")] == [None, Reason.TOO_OLD]


def test_a_post_about_two_brands_is_two() -> None:
    """A post that names two brands is seen by each as its own, with its own id, author and reasons."""
    kestrelo, dimora = seen(BOTH, text="Kestrelo or Dimora?", author=Author(id="1", handle="KestreloCare"))
    assert [one.mention.brand for one in (kestrelo, dimora)] == ["kestrelo", "dimora"]
    assert [one.reason for one in (kestrelo, dimora)] == [Reason.OWN_POST, None]
    for name in ("id", "author_key", "thread_key"):
        assert getattr(kestrelo.mention, name) != getattr(dimora.mention, name)


def test_a_brand_sees_nothing_of_another() -> None:
    """A post about one brand is not seen by the other, and blocked authors of one are heard by the other."""
    assert about("dimora is great", BOTH) == ["dimora"]
    assert [one.reason for one in seen(BOTH, text="dimora", author=Author(id="666"))] == [None]


def test_a_post_that_is_given_to_a_brand_is_that_brands() -> None:
    """A listener that knows the brand is believed, and no other brand sees the post."""
    assert about("no name at all, dimora", BOTH, brand="kestrelo") == ["kestrelo"]


@pytest.mark.parametrize(
    "text",
    [
        "STOP!!!",
        "please stop",
        "Leave  me alone!",
        "no bots please",
        "s\u200btop it",
        "𝐬𝐭𝐨𝐩",
        "@kestrelo please stop answering me",
        "/stop@Kestrelo_Bot",
        "@KestreloCare @somebody @else @one.bsky.social please don't, stop https://forum.example/a/b?c=d thank you",
        "stop stop stop stop stop stop stop stop",
    ],
)
@pytest.mark.parametrize("by", [KESTRELOS, TRIAGE])
def test_who_tells_us_to_stop_is_heard(by: Screen, text: str) -> None:
    """Opt-out words to the brand's account are heard, whether its posts are triaged or not, and however late."""
    (one,) = seen(by, text=text, addressees=ASKED)
    assert one.opt_out
    (late,) = seen(by, text=text, addressees=ASKED, posted_at=NOW - timedelta(days=3))
    assert late.opt_out


@pytest.mark.parametrize(
    "post",
    [
        {"text": "stop kestrelo"},
        {"text": "unstoppable", "addressees": ASKED},
        {"text": "stopped working", "addressees": ASKED},
        {"text": "when will you stop charging me twice?", "addressees": ASKED},
        {"text": "see https://help.kestrelo.example/stop", "addressees": ASKED},
        {"text": "stop kestrelo", "addressees": frozenset({"somebody"})},
        {"text": "stop", "addressees": ASKED, "author": Author(id="1", handle="kestrelocare")},
        {"text": "stop", "addressees": ASKED, "repost": True},
    ],
)
def test_other_words_do_not_opt_out(post: dict[str, Any]) -> None:
    """Words to somebody else, in longer posts, links or other words, of our own or in a repost opt nobody out."""
    (one,) = seen(**post)
    assert not one.opt_out


def test_no_opt_out_words_opt_nobody_out() -> None:
    """With an empty list of words nobody is opted out, rather than everybody."""
    (one,) = seen(screen(replies={"opt_out": []}), text="hello there", addressees=ASKED)
    assert not one.opt_out


def test_a_post_about_nothing_is_about_no_brand() -> None:
    """A post of invisible signs only holds no term."""
    assert about("\u200b\u200d") == []


def test_words_of_a_language_and_a_channel() -> None:
    """A brand's words for a language are tried in its posts, as its platform or the text itself says; so by channel."""
    own = KESTRELO | {"languages": {"de": {"terms": ["Falke"]}}, "channels": {"telegram": {"terms": ["falcon"]}}}
    asked: list[tuple[str, str]] = []

    def language(text: str, told: str) -> str:
        asked.append((text, told))
        return told or "en"

    made = settings(brands={"kestrelo": own})
    by = Screen(made, made.brands, language=language)
    assert about("der Falke", by, lang="de") == ["kestrelo"]
    assert about("der Falke", by, lang=None) == []
    assert asked == [("der Falke", "de"), ("der Falke", "")]
    assert about("my falcon", by, channel="telegram") == ["kestrelo"]
    assert about("my falcon", by) == []


def test_a_term_is_no_pattern() -> None:
    """Signs of regular expressions in a term stand for themselves."""
    by = screen({"kestrelo": {"name": "K", "terms": ["k+ (mobile)", "c.t"]}})
    assert about("K+ (Mobile) is slow", by) == ["kestrelo"]
    assert about("the cat, kk mobile", by) == []


ANYBODY = st.builds(Author, id=st.text(max_size=9), handle=st.text(max_size=9), bot=st.booleans())
HANDLES = st.frozensets(st.sampled_from(["kestrelocare", "dimora_help", ""]) | st.text(max_size=5), max_size=3)


@given(text=st.text(max_size=80), author=ANYBODY, addressees=HANDLES, repost=st.booleans())
def test_any_post_has_an_answer(text: str, author: Author, addressees: frozenset[str], repost: bool) -> None:
    """Whatever comes, each brand sees it once at most, and the answer is the same each time."""
    post = {"text": text, "author": author, "addressees": addressees, "repost": repost}
    once = seen(BOTH, **post)
    assert once == seen(BOTH, **post)
    assert len({one.mention.brand for one in once}) == len(once) <= 2
    assert all(one.mention.text == text for one in once)


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text: str) -> None:
    """Folded text stays as it is, so that a term and a post meet in the same form."""
    assert fold(fold(text)) == fold(text)


def word(value: str, brand: str = "") -> Mute:
    """A rule of the team about a word."""
    return Mute(MuteKind.WORD, value, brand, None, Person("U1"))


def muted(by: Screen = KESTRELOS, *rules: Mute, **post: Any) -> Screened:
    """A post that names Kestrelo, seen by a team with these rules."""
    (one,) = by(mention(brand="", **{"text": "My Kestrelo line is dead."} | post), NOW, rules)
    return one


def test_a_rule_of_the_team_leaves_a_post_out() -> None:
    """It is kept with its reason, so that it can be counted."""
    assert muted(KESTRELOS, word("dead")).reason is Reason.MUTED
    assert muted(KESTRELOS, word("alive")).reason is None


def test_a_rule_holds_for_the_brand_that_sees_the_post() -> None:
    """Another brand's rule catches nothing here."""
    assert muted(KESTRELOS, word("dead", "dimora")).reason is None
    assert muted(KESTRELOS, word("dead", "kestrelo")).reason is Reason.MUTED


def test_words_of_danger_are_never_muted() -> None:
    """Whoever may be in danger is seen, whatever the team does not want to hear."""
    own = settings(brands={"kestrelo": KESTRELO})
    wary = Screen(own, own.brands, lambda text: "dead" in text)
    assert muted(wary, word("line")).reason is None
    assert muted(wary, word("line"), text="My Kestrelo line is slow.").reason is Reason.MUTED


def test_who_is_muted_is_heard_when_they_ask_to_stop() -> None:
    """A rule hides a post from the team, not a wish from the bot."""
    asks = {"text": "@KestreloCare stop", "addressees": frozenset({"kestrelocare"})}
    assert muted(KESTRELOS, word("stop"), **asks).opt_out == muted(KESTRELOS, **asks).opt_out


def test_another_reason_is_said_first() -> None:
    """What would be left out anyway is not counted as muted."""
    assert muted(KESTRELOS, word("dead"), author=Author(id="666")).reason is Reason.BLOCKED_AUTHOR
