"""Draws Slack's blocks and views as HTML, near enough to see how a card reads; only what our own cards use.

https://docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from html import escape
from typing import Any

Block = Mapping[str, Any]

CSS = """
* { box-sizing: border-box; margin: 0 }
body { background: #fff; color: #1d1c1d; font: 15px/1.47 Lato, "Segoe UI", Arial, "Noto Color Emoji", sans-serif }
.frame { width: 760px; padding: 18px 22px }
.message { display: grid; grid-template-columns: 36px 1fr; gap: 0 10px; border: 1px solid #e3e3e6; border-radius: 10px;
  padding: 14px 18px }
.face { width: 36px; height: 36px; border-radius: 8px; background: #14514b; color: #fff; font-weight: 900;
  display: grid; place-items: center; font-size: 18px }
.by b { font-weight: 900 } .by i { font-style: normal; background: #eceaed; color: #616061; border-radius: 2px;
  font-size: 10px; font-weight: 700; padding: 1px 3px; margin: 0 6px } .by span { color: #616061; font-size: 12px }
.blocks { max-width: 640px } .blocks > * { margin: 6px 0 }
h3 { font-size: 18px; line-height: 1.33; font-weight: 900; padding-top: 4px }
p { white-space: pre-wrap; overflow-wrap: anywhere }
blockquote { border-left: 4px solid #ddd; padding-left: 12px; margin: 4px 0; white-space: pre-wrap;
  overflow-wrap: anywhere }
ul { padding-left: 24px } li { margin: 1px 0 }
a { color: #1264a3; text-decoration: none } .unset { color: #616061 }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 18px }
.section { display: grid; grid-template-columns: 1fr auto; gap: 0 16px; align-items: start }
.section .fields { margin-top: 2px; color: #454245; font-size: 14px }
.context { color: #616061; font-size: 12px; line-height: 1.5 }
.actions { display: flex; flex-wrap: wrap; gap: 8px; padding: 4px 0 }
button { font: 700 13px Lato, "Segoe UI", Arial, sans-serif; color: #1d1c1d; background: #fff; border-radius: 8px;
  border: 1px solid #bbbabb; height: 30px; padding: 0 12px } button.primary { background: #007a5a; color: #fff;
  border-color: #007a5a } button.dots { padding: 0 8px; letter-spacing: 1px }
hr { border: 0; border-top: 1px solid #e3e3e6 }
.modal { width: 560px; border: 1px solid #c9c9cd; border-radius: 10px }
.modal .top { font-weight: 900; font-size: 20px; padding: 16px 24px 10px; display: flex;
  justify-content: space-between }
.modal .top span { color: #616061; font-weight: 400 } .modal .blocks { padding: 0 24px 8px; max-width: none }
.modal .blocks > * { margin: 10px 0 }
.modal .bottom { display: flex; justify-content: flex-end; gap: 10px; padding: 14px 24px;
  border-top: 1px solid #e8e8ea }
.modal .bottom button { height: 36px }
label { font-weight: 900; display: block; margin-bottom: 4px } label i { color: #616061; font-weight: 400 }
.box { border: 1px solid #bbbabb; border-radius: 5px; padding: 7px 11px; min-height: 36px; white-space: pre-wrap;
  display: flex; justify-content: space-between; gap: 12px; overflow-wrap: anywhere } .box.long { min-height: 92px }
.radio { display: flex; align-items: center; gap: 9px; padding: 2px 0 } .radio::before { content: "";
  box-sizing: border-box; width: 17px; height: 17px; border: 1px solid #868686; border-radius: 50%; flex: none }
.radio.on::before { border: 5px solid #1264a3 }
.hint { color: #616061; font-size: 13px; margin-top: 4px }
.home .blocks { max-width: 680px } .home .tabs { border-bottom: 1px solid #e3e3e6; margin-bottom: 10px; color: #616061;
  display: flex; gap: 18px } .home .tabs b { color: #1d1c1d; border-bottom: 2px solid #14514b; padding-bottom: 6px }
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes it is: Slack shows moments in their zone, and "today" by their day."""

    now: datetime
    zone: tzinfo

    def moment(self, stamp: int, form: str) -> str:
        """What Slack makes of a moment."""
        at = datetime.fromtimestamp(stamp, UTC).astimezone(self.zone)
        days = (at.date() - self.now.astimezone(self.zone).date()).days
        day = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days, f"{at:%b} {at.day}")
        return form.replace("{date_short_pretty}", day).replace("{time}", f"{at:%H:%M}")


def page(body: str) -> str:
    """A whole HTML page."""
    return f'<!doctype html><meta charset="utf-8"><style>{CSS}</style><div class="frame">{body}</div>'


def message(drawn: Sequence[Block], at: str, reader: Reader) -> str:
    """A message of the app in a channel."""
    by = f'<div class="by"><b>Overheard</b><i>APP</i><span>{escape(at)}</span></div>'
    return f'<div class="message"><div class="face">O</div><div>{by}{_blocks(drawn, reader)}</div></div>'


def modal(view: Block, reader: Reader) -> str:
    """A form over the channel."""
    top = f'<div class="top">{_label(view["title"])}<span>×</span></div>'
    submit = f'<button class="primary">{_label(view["submit"])}</button>' if "submit" in view else ""
    bottom = f'<div class="bottom"><button>{_label(view["close"])}</button>{submit}</div>'
    return f'<div class="modal">{top}{_blocks(view["blocks"], reader)}{bottom}</div>'


def home(view: Block, reader: Reader) -> str:
    """The Home of the app."""
    tabs = '<div class="tabs"><b>Home</b><span>Messages</span><span>About</span></div>'
    return f'<div class="home">{tabs}{_blocks(view["blocks"], reader)}</div>'


def _blocks(drawn: Sequence[Block], reader: Reader) -> str:
    return f'<div class="blocks">{"".join(BLOCKS[block["type"]](block, reader) for block in drawn)}</div>'


def _header(block: Block, reader: Reader) -> str:
    return f"<h3>{_label(block['text'])}</h3>"


def _section(block: Block, reader: Reader) -> str:
    inside = f"<p>{_said(block['text'], reader)}</p>" if "text" in block else ""
    cells = "".join(f"<p>{_said(field, reader)}</p>" for field in block.get("fields", ()))
    inside += f'<div class="fields">{cells}</div>' if cells else ""
    return f'<div class="section"><div>{inside}</div>{_element(block.get("accessory"), reader)}</div>'


def _context(block: Block, reader: Reader) -> str:
    return f'<div class="context">{" ".join(_said(part, reader) for part in block["elements"])}</div>'


def _actions(block: Block, reader: Reader) -> str:
    return f'<div class="actions">{"".join(_element(one, reader) for one in block["elements"])}</div>'


def _input(block: Block, reader: Reader) -> str:
    optional = "<i> (optional)</i>" if block.get("optional") else ""
    hint = f'<div class="hint">{_label(block["hint"])}</div>' if "hint" in block else ""
    return f"<div><label>{_label(block['label'])}{optional}</label>{_element(block['element'], reader)}{hint}</div>"


def _rich(block: Block, reader: Reader) -> str:
    parts = []
    for part in block["elements"]:
        said = "".join(_inline(one, reader) for one in part["elements"])
        match part["type"]:
            case "rich_text_section":
                parts.append(f"<p>{said.removeprefix(chr(10))}</p>")
            case "rich_text_quote":
                parts.append(f"<blockquote>{said}</blockquote>")
            case "rich_text_list":
                parts.append(f"<ul>{said}</ul>")
    return f"<div>{''.join(parts)}</div>"


def _inline(one: Block, reader: Reader) -> str:
    match one["type"]:
        case "rich_text_section":
            return f"<li>{''.join(_inline(inner, reader) for inner in one['elements'])}</li>"
        case "date":
            said = reader.moment(one["timestamp"], one["format"])
        case _:
            said = one["text"]
    said = escape(said)
    if one["type"] == "link":
        said = f"<a>{said}</a>"
    return f"<b>{said}</b>" if one.get("style", {}).get("bold") else said


def _element(one: Block | None, reader: Reader) -> str:
    if one is None:
        return ""
    match one["type"]:
        case "button":
            return f'<button class="{one.get("style", "")}">{_label(one["text"])}</button>'
        case "overflow":
            return '<button class="dots">•••</button>'
        case "plain_text_input":
            return _box(one, str(one.get("initial_value", "")), "")
        case "radio_buttons":
            return _radio(one)
    return _menu(one, reader)


def _radio(one: Block) -> str:
    chosen = one.get("initial_option", {}).get("value")
    rows = ((" on" * (option["value"] == chosen), _label(option["text"])) for option in one["options"])
    return "".join(f'<div class="radio{on}">{said}</div>' for on, said in rows)


def _menu(one: Block, reader: Reader) -> str:
    unset = {"users_select": "Choose a person", "conversations_select": "Choose a channel"}
    said = one["initial_option"]["text"]["text"] if "initial_option" in one else ""
    if "initial_date_time" in one:
        said = reader.moment(one["initial_date_time"], "{date_short_pretty} at {time}")
    return _box(one, said, "⌄", unset.get(one["type"], "Choose an option"))


def _box(one: Block, said: str, sign: str, unset: str = "") -> str:
    shown = escape(said) if said else f'<span class="unset">{unset}</span>'
    return f'<div class="box{" long" * bool(one.get("multiline"))}"><span>{shown}</span><span>{sign}</span></div>'


def _said(text: Block, reader: Reader) -> str:
    return _label(text) if text["type"] == "plain_text" else _marked(text["text"], reader)


def _marked(text: str, reader: Reader) -> str:
    """Text with Slack's markup, which is escaped already; only what our cards use."""
    text = re.sub(r"<!date\^(\d+)\^([^|>]*)\|[^>]*>", lambda found: reader.moment(int(found[1]), found[2]), text)
    text = re.sub(r"<(?:tel|mailto|https?):[^|>]*\|([^>]*)>", r"<a>\1</a>", text)
    return re.sub(r"(?<!\w)\*([^*\n]+)\*", r"<b>\1</b>", text)


def _label(text: Block) -> str:
    return escape(text["text"])


BLOCKS: dict[str, Callable[[Block, Reader], str]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "rich_text": _rich,
    "divider": lambda block, reader: "<hr>",
}
