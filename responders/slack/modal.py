"""Draws a form as a Slack modal. It reads no submission (``carried`` does) and decides nothing.

Limits: https://docs.slack.dev/reference/views/modal-views.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from models.form import Field, Form, Style, Wrong
from responders.card_words import is_web, moment
from responders.escape import cut, line, mrkdwn, plain
from responders.slack import blocks as b
from responders.slack import carried
from responders.slack.blocks import Block

LONGEST = 3000
"""Signs that a text field takes."""
FEW = 5
"""So many choices are all shown at once."""
QUOTE = 10_000
NOTHING = "Nothing more to say."
ADDRESS = re.compile(r"tel:\+[0-9]{3,15}|mailto:[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}")
"""What may stand in a link besides addresses of the web: nothing in it can be markup."""


def view(form: Form, place: str = "") -> dict[str, Any]:
    """The modal; ``place`` is where it was asked for, and comes back with its submission."""
    fields = {field.name: field for field in form.fields if field.name}.values()
    inputs = [drawn for field in [*fields][:40] if (drawn := _drawn(field, bool(form.submit)))]
    said = [
        b.rich(b.section(b.text(cut(plain(part).strip(), 2500)))) for part in form.intro[:20] if plain(part).strip()
    ]
    quoted = [b.rich(b.quote(form.quote, QUOTE))] if plain(form.quote).strip() else []
    drawn = {
        "type": "modal",
        "callback_id": str(form.submit or carried.READ_ONLY),
        "title": b.plain_text(line(form.title, 24) or "Overheard"),
        "close": b.plain_text("Cancel" if form.submit else "Close"),
        "private_metadata": carried.metadata(form, place),
        "blocks": [*said, *_facts(form), *_links(form), *quoted, *_buttons(form), *inputs]
        or [b.rich(b.section(b.text(NOTHING)))],
    }
    return drawn | ({"submit": b.plain_text(line(form.button, 24) or "Save")} if form.submit else {})


def _facts(form: Form) -> list[Block]:
    """Each on lines of its own, its name in bold."""
    named = [(line(name, 100), cut(plain(words).strip(), 2500)) for name, words in form.facts[:10]]
    return [b.rich(b.section(b.text(f"{name}: ", bold=True), b.text(words))) for name, words in named if name and words]


def _links(form: Form) -> list[Block]:
    """Addresses to tap, in words that a client without them can read. One that is none of those kinds is only read."""
    drawn: list[Block] = []
    for said, address in form.links[:5]:
        known = ADDRESS.fullmatch(address) or is_web(address, 2000)
        words = line(said, 200).replace("|", " ").strip() or (line(address, 200).replace("|", " ") if known else "")
        shown = mrkdwn(words)
        # Slack takes no other kind of link in rich text; where it knows none of "tel:", it shows the words.
        drawn.append({"type": "section", "text": b.marked(f"<{mrkdwn(address)}|{shown}>" if known else shown)})
    return [block for block in drawn if block["text"]["text"].strip()]


def _buttons(form: Form) -> list[Block]:
    """What else can be asked for here."""
    named = {verb: line(label, 75) for verb, label in form.buttons}
    drawn = [b.button(verb, label, form.case_id, form.mention_id) for verb, label in named.items() if label]
    return [b.actions("buttons", *drawn[:5])] if drawn else []


def errors(wrong: Wrong, view: Mapping[str, Any]) -> dict[str, Any]:
    """The answer that keeps a form open and says at its fields what is wrong.

    Slack takes a fault only at a field that the form has: any other stands at the first one.
    """
    known = [str(block["block_id"]) for block in view.get("blocks", ()) if block.get("type") == "input"]
    said: dict[str, str] = {}
    for name, fault in wrong.faults.items():
        at = name if name in known else next(iter(known), name)
        said[at] = " ".join(part for part in (said.get(at, ""), line(fault, 300)) if part)
    return {"response_action": "errors", "errors": said}


def _drawn(field: Field, writable: bool) -> Block | None:
    """A field with its label and hint; in a form that can only be read, its value."""
    label = line(field.label, 150) or line(field.name, 150) or "Value"
    if not writable:
        chosen = dict(field.choices).get(field.value, field.value)
        shown = cut(plain(chosen).strip(), 2500) or "(nothing)"
        return b.rich(b.section(b.text(f"{label}: ", bold=True), b.text(shown)))
    element, hint = ELEMENTS[field.style](field), field.hint
    if element is None:
        return None
    if _units(field.value) > LONGEST and element["type"] == "plain_text_input":
        hint = f"{hint} Slack shows only the first {LONGEST} signs here."
    drawn: Block = {
        "type": "input",
        "block_id": field.name[:255],
        "label": b.plain_text(label),
        "optional": field.optional,
        "element": element | {"action_id": carried.input_id(field)},
    }
    hint = cut(plain(hint).strip(), 400)
    return drawn | ({"hint": b.plain_text(hint)} if hint else {})


def _text(field: Field) -> Block:
    """One line or several; what stands there at first may be longer than is allowed, so that it can be shortened."""
    long = field.style is Style.LONG
    shown = plain(field.value) if long else " ".join(plain(field.value).split())
    first = _fit(shown, LONGEST)
    most = min(LONGEST, max(field.longest or LONGEST, _units(first)))
    drawn: Block = {"type": "plain_text_input", "multiline": long, "max_length": most}
    return drawn | ({"initial_value": first} if first else {})


def _choice(field: Field) -> Block | None:
    """A few choices are all shown, more are a menu; one whose value Slack would not take is left out."""
    options: list[Block] = []
    seen: set[str] = set()
    for value, label in field.choices:
        shown = line(label, 75) or line(value, 75)
        if shown and value not in seen and 1 <= _units(value) <= carried.OPTION and value == plain(value):
            options.append({"text": b.plain_text(shown), "value": value})
            seen.add(value)
    if not options:
        return None
    options = options[:100]
    few = len(options) <= FEW and not field.optional
    chosen = next((option for option in options if option["value"] == field.value), None)
    drawn: Block = {"type": "radio_buttons" if few else "static_select", "options": options}
    return drawn | ({"initial_option": chosen} if chosen else {})


def _person(field: Field) -> Block:
    return {"type": "users_select"} | ({"initial_user": field.value} if _is_id(field.value, "UW") else {})


def _place(field: Field) -> Block:
    drawn: Block = {
        "type": "conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return drawn | ({"initial_conversation": field.value} if _is_id(field.value, "CG") else {})


def _moment(field: Field) -> Block:
    at = moment(field.value) if field.value else None
    # Slack takes a time stamp of ten digits.
    known = at is not None and 2002 <= at.year < 2286
    return {"type": "datetimepicker"} | ({"initial_date_time": int(at.timestamp())} if at and known else {})


ELEMENTS: dict[Style, Callable[[Field], Block | None]] = {
    Style.TEXT: _text,
    Style.LONG: _text,
    Style.CHOICE: _choice,
    Style.PERSON: _person,
    Style.PLACE: _place,
    Style.MOMENT: _moment,
}


def _is_id(value: str, kinds: str) -> bool:
    return re.fullmatch(rf"[{kinds}][A-Z0-9]{{7,28}}", value) is not None


def _units(text: str) -> int:
    """Length as JavaScript counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fit(text: str, limit: int) -> str:
    """At most ``limit`` signs as JavaScript counts them."""
    while (over := _units(text) - limit) > 0:
        text = cut(text, max(1, len(text) - max(1, over // 2)))
    return text
