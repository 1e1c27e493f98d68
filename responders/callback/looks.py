"""How a brand's pages look: its colour made readable, its logo, and the one stylesheet that holds both."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.settings.page import Look

HERE = Path(__file__).parent
READABLE = 4.5
"""The least contrast of text, WCAG 2.2 criterion 1.4.3 (AA)."""
LIGHT, DARK = (255, 255, 255), (22, 24, 28)
"""The paper by day and by night."""
LARGEST_LOGO = 200_000
Colour = tuple[int, int, int]
PNG, SVG, WEBP = "image/png", "image/svg+xml", "image/webp"


@dataclass(frozen=True, slots=True)
class File:
    """Something that is served as it is; its name changes with what is in it."""

    name: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Dress:
    """A brand's stylesheet and logo."""

    style: File
    logo: File | None = None

    @property
    def files(self) -> list[File]:
        """What is served."""
        return [self.style, *([self.logo] if self.logo else [])]


def dress(look: Look) -> Dress:
    """Raises ValueError, which says what to do, for a logo that cannot be served."""
    style = f":root{{{_variables(look.colour)}}}\n".encode() + _stylesheet()
    return Dress(_file(style, "text/css", "css"), _logo(look.logo) if look.logo else None)


def contrast(one: Colour, other: Colour) -> float:
    """Between 1 and 21, as WCAG 2.2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def read_colour(text: str) -> Colour:
    """Of ``#rrggbb``."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def readable(colour: Colour, paper: Colour) -> Colour:
    """The colour, made darker or lighter until it can be read on a paper."""
    goal = (0, 0, 0) if _luminance(paper) > 0.18 else (255, 255, 255)
    for share in range(101):
        red, green, blue = (round(own + (end - own) * share / 100) for own, end in zip(colour, goal, strict=True))
        if contrast((red, green, blue), paper) >= READABLE:
            return red, green, blue
    return goal


def text_on(colour: Colour) -> Colour:
    """White or black, whichever can be read on it: one of both always can."""
    return max(((255, 255, 255), (0, 0, 0)), key=lambda text: contrast(text, colour))


def _variables(text: str) -> str:
    colour = read_colour(text)
    values = {
        "button": colour,
        "on-button": text_on(colour),
        "link": readable(colour, LIGHT),
        "link-dark": readable(colour, DARK),
    }
    return ";".join(f"--{name}:#{bytes(value).hex()}" for name, value in values.items())


def _luminance(colour: Colour) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def _stylesheet() -> bytes:
    return (HERE / "page.css").read_bytes()


def _logo(path: str) -> File:
    try:
        body = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"logo: cannot read {path}: {error.strerror}") from None
    if len(body) > LARGEST_LOGO:
        raise ValueError(f"logo: {path} has {len(body)} bytes; make it {LARGEST_LOGO} or less")
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return _file(body, PNG, "png")
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return _file(body, WEBP, "webp")
    if b"<svg" in body[:1000]:
        return _file(body, SVG, "svg")
    raise ValueError(f"logo: {path} is neither PNG, SVG nor WebP")


def _file(body: bytes, kind: str, ending: str) -> File:
    return File(f"{hashlib.sha256(body).hexdigest()[:16]}.{ending}", kind, body)
