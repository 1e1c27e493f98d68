"""Takes private data out of a text before it goes to Slack or a log. Finds nothing itself."""

from __future__ import annotations

from collections.abc import Sequence

from models.assessment import Pii


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
