"""The call-back page as one ASGI application: its routes, and around them what no page may forget."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from responders.callback import asking, receipts, surveying
from responders.callback.front import Front
from responders.callback.looks import SVG
from responders.callback.visitors import Busy

log = logging.getLogger(__name__)

HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow, noarchive",
}
"""On every answer: nothing runs, nothing comes from elsewhere, nothing is kept, nothing is told to the next site."""
HSTS = "max-age=31536000"
FOR_EVER = "public, max-age=31536000, immutable"
SEALED_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""With it an SVG does nothing, even where it is opened by itself."""
ROBOTS = "User-agent: *\nDisallow: /\n"
UNCOUNTED = ("/look/", "/robots.txt", "/favicon.ico")
NOTES = {404: "gone", 429: "busy", 503: "down"}


def callback_app(front: Front) -> ASGIApp:
    """The whole page."""
    both = ["GET", "POST"]
    routes = [
        Route("/c/{part}", asking.open_page),
        Route("/c/{part}/{kind}", asking.form_page, methods=both),
        Route("/r/{token}", receipts.status_page),
        Route("/r/{token}/withdraw", receipts.withdraw, methods=both),
        Route("/r/{token}/survey", receipts.survey, methods=both),
        Route("/r/{token}/{kind}", asking.change_page, methods=both),
        Route("/s/{part}", surveying.survey_page, methods=both),
        Route("/look/{name}", look),
        Route("/robots.txt", robots),
        Route("/favicon.ico", no_icon),
    ]
    handlers = {HTTPException: refused, Busy: refused}
    return Guard(ExceptionMiddleware(Router(routes, redirect_slashes=False), handlers), front)


async def look(request: Request) -> Response:
    """A stylesheet or a logo; its name changes with it, so it is kept for ever."""
    front: Front = request.app
    file = front.files.get(request.path_params["name"])
    if file is None:
        raise HTTPException(404)
    headers = {"cache-control": FOR_EVER}
    headers |= {"content-security-policy": SEALED_PICTURE} if file.kind == SVG else {}
    return Response(file.body, media_type=file.kind, headers=headers)


async def robots(request: Request) -> Response:
    """Nobody has anything to index here."""
    return PlainTextResponse(ROBOTS)


async def no_icon(request: Request) -> Response:
    """Browsers ask for one unasked."""
    return Response(status_code=204)


async def refused(request: Request, error: Exception) -> Response:
    """What is said instead of a page; the same to everybody, so that nobody learns which links there are."""
    front: Front = request.app
    if isinstance(error, Busy):
        response = front.note(request, "busy", 429)
        response.headers["retry-after"] = str(error.seconds)
        return response
    assert isinstance(error, HTTPException)
    response = front.note(request, NOTES.get(error.status_code, "wrong"), error.status_code)
    response.headers.update(error.headers or {})
    return response


class Guard:
    """Counts visitors, writes the headers of every answer, and turns a failure of ours into a page that says so."""

    def __init__(self, app: ASGIApp, front: Front) -> None:
        self._app, self._front = app, front
        self._headers = dict(HEADERS) | ({"strict-transport-security": HSTS} if front.secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        scope = {**scope, "app": self._front, "path": self._inner(scope["path"])}
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._front.answers[message["status"]] += 1
                message = {**message, "headers": [*message.get("headers", []), *self._missing(message)]}
            await send(message)

        try:
            if busy := self._count(scope):
                response = await refused(Request(scope), busy)
                await response(scope, receive, sending)
            else:
                await self._app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 - the house behind the page goes on, whatever a request does
            # Never the error's own words: they may repeat what a visitor typed.
            place = traceback.extract_tb(error.__traceback__)[-1]
            facts = {"action": "page", "error": type(error).__name__, "at": f"{place.filename}:{place.lineno}"}
            log.error("a page of the call-back server failed", extra=facts)
            if not begun:
                response = self._front.note(Request(scope), "down", 503)
                response.headers["retry-after"] = "60"
                await response(scope, receive, sending)

    def _inner(self, path: str) -> str:
        """The path below our own address, whether a proxy has cut that off or not."""
        base = self._front.base
        return path.removeprefix(base) if base and path.startswith(f"{base}/") else path

    def _count(self, scope: Scope) -> Busy | None:
        if scope["path"].startswith(UNCOUNTED):
            return None
        address = self._front.address(Request(scope))
        try:
            self._front.visits.check("forged", address)
            self._front.visits.count("pages", address)
            if scope["method"] == "POST":
                self._front.visits.count("forms", address)
        except Busy as busy:
            return busy
        return None

    def _missing(self, message: Message) -> list[tuple[bytes, bytes]]:
        known = {name for name, _ in message.get("headers", [])}
        wanted = ((name.encode(), value.encode()) for name, value in self._headers.items())
        return [(name, value) for name, value in wanted if name not in known]
