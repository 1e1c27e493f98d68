"""Takes private data out of a text before it goes to Slack or a log. Only in a name does it look for it itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.assessment import Pii

# No two parts of a pattern can take the same sign for long, so the time grows with the length only.
_EMAIL = re.compile(r"(?<![\w.+@-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"\+?\(?\d[\d\s()./-]{5,}\d")
_DIGITS = 7
"""A telephone number has as many at least."""


def mask(text: str, pii: Sequence[Pii]) -> str:
    """The text with every span replaced by its kind in brackets, such as ``[card]``; overlapping spans all vanish.

    Raises ``ValueError`` for a span that lies outside the text: it was found in another text, and to mask the wrong
    characters would show the right ones.
    """
    parts: list[str] = []
    last = 0
    for item in sorted(pii, key=lambda item: (item.start, item.end)):
        if not 0 <= item.start < item.end <= len(text):
            raise ValueError(
                f"{item.kind} span {item.start}:{item.end} is outside a text of {len(text)} characters;"
                " mask the very text that was searched"
            )
        if item.start >= last:
            parts += [text[last : item.start], f"[{item.kind}]"]
        last = max(last, item.end)
    return "".join([*parts, text[last:]])


def mask_name(name: str) -> str:
    """A person's name with e-mail addresses and telephone numbers replaced by ``[email]`` and ``[phone]``."""
    return _PHONE.sub(_masked_phone, _EMAIL.sub("[email]", name))


def _masked_phone(found: re.Match[str]) -> str:
    return "[phone]" if sum(sign.isdigit() for sign in found[0]) >= _DIGITS else found[0]
