"""What every page needs: the brands' words and looks, the store, the keys, the limits, and the writing of a page."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from models.errors import SettingsError
from models.links import Links
from models.settings import Settings
from models.settings.page import Look
from models.store import Store
from models.vault import Vault
from responders.callback import looks, words
from responders.callback.filling import Filled, decode
from responders.callback.looks import Dress, File
from responders.callback.sealing import Form, Seals
from responders.callback.visitors import Visits, address_of
from responders.callback.words import Words

LARGEST = 16_384
"""Bytes of a form; the largest that can be right has about 4,000."""
PATIENCE = 10.0
"""Seconds that a visitor has to send a form."""
FORM = "application/x-www-form-urlencoded"
TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}")

CHANNELS: Mapping[str, str] = {
    "x": "X",
    "youtube": "YouTube",
    "hackernews": "Hacker News",
    "stackexchange": "Stack Exchange",
}
"""What channels are called where it is not their name with a capital."""
MESSAGES = frozenset({"x", "bluesky", "mastodon", "telegram", "facebook", "instagram", "reddit", "discourse", "matrix"})
"""Channels on which an agent can write a private message."""


@dataclass(frozen=True, slots=True)
class Face:
    """A brand as customers see it; without a name on the pages that belong to nobody."""

    name: str
    words: Mapping[str, Words]
    dress: Dress
    privacy: str = ""
    region: str = ""

    def spoken(self, request: Request) -> Words:
        """The customer's language."""
        asked, accepted = request.query_params.get("lang", ""), request.headers.get("accept-language", "")
        return self.words[words.choose(asked, accepted, list(self.words))]


class Front:
    """One for all brands. Raises SettingsError with every fault of the brands' texts and logos."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        visits: Visits | None = None,
    ) -> None:
        self.settings, self.store, self.vault, self.clock = settings, store, vault, clock
        self.callback = settings.callback
        self.links = Links(self.callback.url, vault)
        url = urlsplit(self.callback.url)
        self.secure, self.base, self.origin = url.scheme == "https", url.path, f"{url.scheme}://{url.netloc}"
        self.seals = Seals(vault, self.secure)
        self.visits = visits or Visits()
        self.answers: Counter[int] = Counter()
        self.faces = faces(settings)
        only = next(iter(self.faces.values())) if len(self.faces) == 1 else None
        # Where several brands share the page, what belongs to none shows none.
        self.plain = only or Face("", words.all_words(), looks.dress(Look()))
        dresses = [self.plain.dress, *(face.dress for face in self.faces.values())]
        self.files: dict[str, File] = {file.name: file for dress in dresses for file in dress.files}

    def address(self, request: Request) -> str:
        """Who visits."""
        return address_of(request.scope, self.callback.proxies)

    def forged(self, request: Request) -> HTTPException:
        """What becomes of a link that is not ours; whoever tries many has to wait."""
        self.visits.count("forged", self.address(request))
        return HTTPException(404)

    def page(
        self, request: Request, face: Face, template: str, status: int = 200, spoken: Words | None = None, **values: Any
    ) -> Response:
        """Write a page in the customer's language."""
        spoken = spoken or face.spoken(request)

        def say(name: str, **slots: object) -> str:
            return spoken.say(name, brand=face.name, **slots)

        shown = {"faults": {}, "languages": [], "privacy": face.privacy, "here": ""} | values
        known = {"words": spoken, "say": say, "face": face, "base": self.base}
        return HTMLResponse(_templates().get_template(template).render(shown | known), status)

    def note(self, request: Request, name: str, status: int) -> Response:
        """A page that says one thing, and nothing of any case."""
        return self.page(request, self.plain, "note.html", status, name=name)

    async def read(self, request: Request) -> Filled:
        """What was sent; raises HTTPException where it is not what a browser sends of a form of ours."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise HTTPException(415)
        try:
            async with asyncio.timeout(PATIENCE):
                return decode(await _body(request))
        except TimeoutError:
            raise HTTPException(408) from None
        except (ValueError, ClientDisconnect):
            raise HTTPException(400) from None

    def form(self, request: Request, filled: Filled, place: str) -> Form:
        """Whether it comes from our own page, of this visitor."""
        site, origin = request.headers.get("sec-fetch-site", "same-origin"), request.headers.get("origin", "null")
        # Our pages send no referrer, so a browser says "null" of them; another site's name tells on it.
        ours = site in ("same-origin", "none") and origin in ("null", self.origin)
        form = self.seals.read(filled.one("form"), self.seals.visit(request.cookies), place, self.clock())
        return form if ours else Form("", False)

    def sealed(self, response: Response, visit: str) -> Response:
        """With the cookie that makes a form good; only pages with a form set one."""
        response.set_cookie(self.seals.cookie, visit, path="/", secure=self.secure, httponly=True, samesite="strict")
        return response


@cache
def _templates() -> Environment:
    # What a page was not given is an error of ours, and never an empty place; what strangers wrote is escaped.
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def called(channel: str) -> str:
    """What people call a channel."""
    return CHANNELS.get(channel, channel[:1].upper() + channel[1:])


def faces(settings: Settings) -> dict[str, Face]:
    """All brands as customers see them; raises SettingsError with every fault of their texts and logos."""
    found: dict[str, Face] = {}
    faults: list[str] = []
    for name, brand in settings.brands.items():
        faults += words.faults_of(name, brand)
        try:
            dress = looks.dress(brand.page)
        except ValueError as error:
            faults.append(f"brands.{name}.page.{error}")
            continue
        found[name] = Face(brand.name, words.words_of(brand), dress, brand.page.privacy, brand.phone_region)
    if faults:
        raise SettingsError(faults)
    return found


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise HTTPException(413)
    return bytes(body)
