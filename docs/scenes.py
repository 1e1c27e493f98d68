"""The cards, forms and pages that the pictures in the documentation show; all people and posts are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from docs.blockkit import Reader, home, message, modal
from models.card import Card
from models.decision import REASON_WORDS, Reason
from models.form import Field, Form, Page, Part, Row, Style
from models.press import Verb
from responders import words
from responders.slack import card as cards
from responders.slack import modal as modals
from responders.slack import page as pages

READER = Reader(datetime(2026, 11, 20, 13, 52, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
DRAFT = (
    "Hi, that should not happen, and we want to stop it today. Please do not post your number here: open "
    "help.kestrelo.example/7X2F4RQ or call us and give the code 7X2F4RQ, and a person takes over at once."
)
OPEN = Card(
    title="Call this customer now",
    brand="Kestrelo",
    channel="x",
    author="Mara Jensen (@mara_j)",
    author_link="https://x.com/mara_j",
    text="Since Kestrelo moved my number to a new SIM, somebody else gets my bank codes. "
    "40 minutes on the hotline, then cut off. What am I supposed to do now??",
    link="https://x.com/mara_j/status/1900",
    posted_at="2026-11-20T13:49+00:00",
    reach="4,310 followers, 12 reposts",
    why=(
        REASON_WORDS[Reason.CRITICAL],
        REASON_WORDS[Reason.PRIVATE_DATA],
        REASON_WORDS[Reason.NEGATIVE],
    ),
    scores=(("harm under way", 0.94), ("needs private data", 0.89)),
    urgency=words.URGENCIES["critical"],
    private_data=words.PRIVATE["account"],
    recommendation="Call now, or secure the account first if somebody else is using it.",
    eligibility="A person checks the draft and posts it: the author quoted a post of ours",
    draft=DRAFT,
    reply_link="https://x.com/intent/tweet?in_reply_to=1900",
    code="7X2F4RQ",
    route="call",
    mentions=2,
    case_id="c1",
    mention_id="m1",
    answer_by="2026-11-20T14:20+00:00",
    hours="Europe/Berlin",
    before=(("2026-11-20T10:05+00:00", "telegram", "Kestrelo, is “SOS only” normal after a SIM swap? Two hours now."),),
    sends_as="@kestrelo_help",
)
CLAIMED = replace(
    OPEN,
    state="claimed",
    version=3,
    holder="Ana Ruiz",
    holder_id="U0ANA00001",
    call="offered",
    trail=(
        ("2026-11-20T13:58+00:00", "Ana Ruiz recommended a call"),
        ("2026-11-20T13:54+00:00", "Ana Ruiz claimed it"),
    ),
)
REACHABLE = replace(
    CLAIMED,
    version=5,
    contacts=(("phone", "2026-11-20T14:02+00:00", "2026-11-20T14:02+00:00", "", "Europe/Madrid", "es", "", ""),),
    calling="09:00-20:00",
    attempts=(("2026-11-20T14:07+00:00", "no answer"),),
    trail=(
        ("2026-11-20T14:07+00:00", "Ana Ruiz called: no answer"),
        ("2026-11-20T14:06+00:00", "Ana Ruiz read the brief"),
        ("2026-11-20T14:02+00:00", "the customer gave a number"),
        ("2026-11-20T14:01+00:00", "the customer opened the page"),
    ),
)
RESOLVED = replace(
    CLAIMED, state="resolved", call="ended", outcome="Resolved by Ana Ruiz: settled by a call", closing="due"
)
AUDIT = replace(
    OPEN,
    title=words.AUDIT,
    author="Jonas (@jonas_runs)",
    author_link="https://x.com/jonas_runs",
    text="Ran past the new Kestrelo shop today. Nice windows, shame about the queue.",
    reach="86 followers",
    why=(REASON_WORDS[Reason.AUDIT], REASON_WORDS[Reason.OPINION]),
    scores=(("an opinion", 0.81),),
    urgency=words.AUDIT_URGENCY,
    private_data="",
    eligibility="No public answer by the bot: this is only a check on the bot",
    draft="",
    reply_link="",
    code="",
    case_id="",
    answer_by="",
    sends_as="",
    route="review",
    mentions=1,
    before=(),
    trail=(),
)
DRAFTING = Form(
    title="Answer on X",
    submit=Verb.PREVIEW,
    button="Preview",
    intro=("Mara Jensen (@mara_j) wrote:",),
    quote=OPEN.text,
    fields=(
        Field(
            "start",
            "Begin with",
            Style.CHOICE,
            "own",
            (
                ("own", "As it stands below"),
                ("faq", "From the FAQ: A new SIM can take two hours. If you did not order it…"),
                ("call", "Offer a call: Sorry to read this. Please reach us privately and…"),
            ),
        ),
        Field("text", "Answer", Style.LONG, DRAFT, hint="280 signs at most on X.", optional=True),
    ),
)
PREVIEW = Form(
    title="Check and send",
    submit=Verb.SEND,
    button="Send",
    intro=("As @kestrelo_help on X, to Mara Jensen (@mara_j). Everybody can read it. 200 of 280 signs.",),
    quote=DRAFT,
)
MUTING = Form(
    title="Mute these?",
    submit=Verb.MUTED,
    button="Mute",
    intro=(
        "Posts with “kestrelo stadium”, until 20 Dec 2026. In the last 90 days it would have caught 41 of 9,874 posts.",
        "By reason: an opinion with nothing to fix (38); something failed the author (3).",
        "Words of danger to somebody are always shown. What a rule catches is counted, and can be looked at.",
    ),
    quote="x: Great atmosphere at Kestrelo Stadium tonight!\n\n"
    "reddit: Two tickets for Kestrelo Stadium, row 12, message me\n\n"
    "x: Stuck at Kestrelo Stadium with no signal, again",
)
BRIEF = Form(
    title="Brief & call",
    submit=Verb.CALL_DONE,
    button="Call done",
    case_id="c1",
    mention_id="m1",
    facts=(
        (
            "What happened",
            "“Since Kestrelo moved my number to a new SIM, somebody else gets my bank codes.” (X, 14:49).",
        ),
        ("What was said", "we wrote at 14:58 on X: “Hi, that should not happen. …”; call at 15:07: no answer."),
        ("What they want", "to have it put right; the fix takes account, order or device details; act within minutes."),
        ("Do not ask again", "what happened, who they are there (Mara Jensen (@mara_j)), their language (English)."),
        ("Promise", "it is settled by 16:50, or they hear from you by then. Nothing private is said in public."),
        ("Reach them", "Number given 15:02 on the page, in Spanish. You may call: it is 15:12 there now."),
    ),
    links=(("+34 612 34 56 78", "tel:+34612345678"),),
    buttons=(
        (Verb.DIAL, "Dial"),
        (Verb.GIVE, "Number given"),
        (Verb.DECLINED, "They decline"),
        (Verb.WITHDRAWN, "They take it back"),
    ),
)
GIVING = Form(
    title="Number given",
    submit=Verb.GIVEN,
    button="Keep it",
    intro=("Read this out word for word before you write anything down:",),
    quote="English: May Kestrelo use what you have just told me to call or write to you about this matter, and for "
    "nothing else? It is erased when this is closed, or after 7 days at the latest, and you can take this back at any "
    "time.",
    fields=(
        Field("address", "Number, or e-mail address", Style.TEXT, hint="Begin with + and the country's number."),
        Field("agreed", "They heard this and said yes", Style.CHOICE, choices=(("en", "Yes, in English"),)),
        Field("lang", "They want to speak", Style.CHOICE, "en", (("en", "English"),), optional=True),
        Field(
            "when", "When to call, on their clock", Style.CHOICE, "any", (("any", "At any time from 09:00 to 20:00"),)
        ),
    ),
)
CLOSING = Form(
    title="Close it in public",
    submit=Verb.CLOSED_OUT,
    button="Send",
    intro=(
        "Mara Jensen (@mara_j) wrote in public, and nobody who reads along knows that it is settled.",
        "If they want to say how it went, pass this on:",
    ),
    links=(("https://care.kestrelo.example/s/7X2F4RQ-H8QX4M2RCW",) * 2,),
    fields=(
        Field(
            "how",
            "How",
            Style.CHOICE,
            "send",
            (("send", "Send this line as @kestrelo_help"), ("hand", "I have written it by hand")),
        ),
        Field(
            "text",
            "This exact line",
            Style.LONG,
            "Thank you for your patience. We at Kestrelo have settled this with you directly. Should anything be left, "
            "just quote 7X2F4RQ. Please keep personal details out of public posts.",
            hint="Everybody can read it. 280 signs at most on X.",
            optional=True,
        ),
    ),
)
HOME = Page(
    title="Overheard",
    parts=(
        Part(
            "Your open cases",
            (
                Row(
                    "c1",
                    "7X2F4RQ",
                    "Call this customer now · Mara Jensen on X",
                    "claimed",
                    "2026-11-20T15:50+00:00",
                    "Ana Ruiz",
                ),
                Row(
                    "c2",
                    "C9WVH35",
                    "A customer is leaving · Tom on Reddit",
                    "claimed",
                    "2026-11-20T16:00+00:00",
                    "Ana Ruiz",
                ),
            ),
        ),
        Part(
            "Nobody has these",
            (
                Row(
                    "c3",
                    "M4QPX2J",
                    "Call this customer · Ida K. on Telegram",
                    "open",
                    "2026-11-20T13:40+00:00",
                    late=True,
                ),
                Row("c4", "R8FGW6C", "Please look at this · Lukas on Mastodon", "open", "2026-11-20T17:30+00:00"),
            ),
            more=5,
        ),
        Part(
            "Sources",
            lines=(
                "✅ x hears, last heard 14:49",
                "✅ telegram hears, last heard 14:31",
                "⚠️ reddit fails, last heard 11:40, silent since 12:10",
            ),
        ),
        Part(
            "Today",
            lines=(
                "Cases: 31 opened, 27 claimed, 18 answered, 9 called, 22 resolved, 3 dismissed, 1 reopened",
                "Half of them claimed within 4 min, first answer within 11 min",
            ),
        ),
    ),
)


def scenes() -> dict[str, str]:
    """File name without its end → what the picture shows, as HTML."""
    return {
        "card-open": message(cards.blocks(OPEN), "14:50", READER),
        "card-claimed": message(cards.blocks(CLAIMED), "14:50", READER),
        "card-number": message(cards.blocks(REACHABLE), "15:10", READER),
        "card-resolved": message(cards.blocks(RESOLVED), "14:50", READER),
        "card-audit": message(cards.blocks(AUDIT), "14:50", READER),
        "form-draft": modal(modals.view(DRAFTING), READER),
        "form-preview": modal(modals.view(PREVIEW), READER),
        "form-mute": modal(modals.view(MUTING), READER),
        "form-brief": modal(modals.view(BRIEF), READER),
        "form-number": modal(modals.view(GIVING), READER),
        "form-closing": modal(modals.view(CLOSING), READER),
        "home": home(pages.home(HOME), READER),
    }
