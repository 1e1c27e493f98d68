"""Who may answer in public: the platform's rule, capped by the configuration, for every combination there is."""

from __future__ import annotations

import itertools
from urllib.parse import parse_qs, urlsplit

import pytest

from models.channel import UNKNOWN, Manifest, ReplyRule
from models.decision import Eligibility, Kind
from models.manifests import MANIFESTS
from models.mention import Mention
from responders.eligibility import eligibility, summoned
from tests.build import mention
from tests.responders.situations import EVERY_ROUTE, QUESTION, SUMMONED, decided, eager, heads, rules

AUTO, DRAFT, LINK, NONE = Eligibility.AUTO, Eligibility.DRAFT, Eligibility.LINK, Eligibility.NONE
RANK = {AUTO: 3, DRAFT: 2, LINK: 1, NONE: 0}
MODE = {"on": AUTO, "draft": DRAFT, "off": LINK}
PLATFORM = {
    (ReplyRule.ADMITTED, False): AUTO,
    (ReplyRule.ADMITTED, True): AUTO,
    (ReplyRule.SUMMONED, False): LINK,
    (ReplyRule.SUMMONED, True): AUTO,
    (ReplyRule.PERSON, False): LINK,
    (ReplyRule.PERSON, True): LINK,
    (ReplyRule.NEVER, False): NONE,
    (ReplyRule.NEVER, True): NONE,
}


@pytest.mark.parametrize(("rule", "called"), PLATFORM)
def test_the_least_of_all_caps_wins(rule: ReplyRule, called: bool) -> None:
    """The verdict is the least automatic of what the platform, the responder, the channel and the mode allow."""
    manifest = Manifest("any", rule, "the platform says so")
    post = mention(addressees=SUMMONED if called else frozenset())
    for most, mode, has_responder in itertools.product(RANK, MODE, (True, False)):
        caps = [PLATFORM[rule, called], most, MODE[mode], AUTO if has_responder else LINK]
        verdict, why = eligibility(post, manifest, SUMMONED, most, mode, has_responder)
        assert verdict is min(caps, key=RANK.__getitem__)
        assert why


@pytest.mark.parametrize(
    ("most", "mode", "responder", "why"),
    [
        (AUTO, "on", False, "no responder"),
        (DRAFT, "on", True, "the configuration allows draft"),
        (AUTO, "off", True, "replies are set to off"),
        (AUTO, "on", True, "the author mentioned"),
    ],
)
def test_the_reason_names_what_holds_it_back(most: Eligibility, mode: str, responder: bool, why: str) -> None:
    """The reason on the card is that of the cap that decided."""
    post = mention(addressees=SUMMONED)
    assert why in eligibility(post, MANIFESTS["x"], SUMMONED, most, mode, responder)[1]


@pytest.mark.parametrize(
    ("post", "called"),
    [
        (mention(addressees=frozenset({"kestrelocare", "anna_l"})), True),
        (mention(quotes="kestrelocare"), True),
        (mention(addressees=frozenset({"dimora"}), quotes="dimora"), False),
        (mention(text="@KestreloCare in words alone"), False),
        (mention(), False),
    ],
)
def test_summoned_is_what_the_platform_says(post: Mention, called: bool) -> None:
    """An author summons the brand by a mention, an answer or a quote as the platform knows it, not by words alone."""
    assert summoned(post, SUMMONED) is called
    assert not summoned(post, frozenset())


def test_on_x_an_unsummoned_answer_is_a_link_for_a_person() -> None:
    """On X the card carries a link that opens X with the draft as an answer to this very post."""
    decision = decided(heads(intent={"question": 1}), text=QUESTION, by=eager("x"))
    assert decision.eligibility is LINK
    (card,) = decision.messages
    link = urlsplit(card.body["reply_link"])
    assert (link.scheme, link.netloc, link.path) == ("https", "x.com", "/intent/tweet")
    assert parse_qs(link.query) == {"in_reply_to": ["1900"], "text": ["Yes: kestrelo.example/roaming"]}


def test_on_x_a_summoned_answer_goes_out() -> None:
    """On X the bot answers an author who mentioned the account."""
    decision = decided(heads(intent={"question": 1}), text=QUESTION, by=eager("x"), addressees=SUMMONED)
    assert (decision.eligibility, [message.kind for message in decision.messages]) == (AUTO, [Kind.REPLY])


def test_on_telegram_the_bot_answers() -> None:
    """In a Telegram chat that admitted the bot it answers without being called."""
    decision = decided(heads(intent={"question": 1}), text=QUESTION, by=eager("telegram"))
    assert (decision.eligibility, [message.kind for message in decision.messages]) == (AUTO, [Kind.REPLY])


def test_nothing_is_known_of_an_unknown_channel() -> None:
    """On a channel that nobody described, people answer."""
    by = rules("pigeon", replies={"mode": "on", "routes": EVERY_ROUTE}, channels={"pigeon": {"reply_with": "console"}})
    assert by.manifest is UNKNOWN
    assert decided(heads(intent={"question": 1}), text=QUESTION, by=by).eligibility is LINK


def test_every_manifest_says_why() -> None:
    """Every platform's rule has its reason and a link that holds what it is given."""
    for manifest in (*MANIFESTS.values(), UNKNOWN):
        assert manifest.why
        assert manifest.reply_link("1900", "a & b", "https://post.example/1").startswith("https://")
