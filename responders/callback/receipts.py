"""The page of a receipt: what was given, how to change it or take it back, and at the end how it went."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from models.store import contacts, visits
from models.store.visits import Receipt
from responders.callback import times
from responders.callback.asking import kinds
from responders.callback.filling import Faults
from responders.callback.front import TOKEN, Front, called
from responders.callback.surveying import keep


async def status_page(request: Request) -> Response:
    """How it stands."""
    return await _status(request, await _receipt(request))


async def withdraw(request: Request) -> Response:
    """The consent is taken back: the number goes at once. Who only looks is sent to the receipt."""
    front: Front = request.app
    if request.method != "POST":
        return RedirectResponse(_path(request), 303)
    receipt = await _receipt(request)
    filled = await front.read(request)
    token = request.path_params["token"]
    if not front.form(request, filled, place(token)).good:
        return await _status(request, receipt, {"form": "fault_form"}, 403)
    await front.store.run(contacts.withdraw, token, front.clock())
    return RedirectResponse(f"{_path(request)}?lang={_lang(request, receipt)}", 303)


async def survey(request: Request) -> Response:
    """How it went. Who only looks is sent to the receipt."""
    if request.method != "POST":
        return RedirectResponse(_path(request), 303)
    receipt = await _receipt(request)
    faults = await keep(request, receipt.visit.case, place(request.path_params["token"]))
    if faults:
        return await _status(request, receipt, faults, 403 if "form" in faults else 422)
    return RedirectResponse(f"{_path(request)}?thanks=1&lang={_lang(request, receipt)}", 303)


def place(token: str) -> str:
    """What the forms of a receipt are good for."""
    return f"receipt:{token}"


async def _receipt(request: Request) -> Receipt:
    """What the token stands for; the same 404 for every other."""
    front: Front = request.app
    token = request.path_params["token"]
    if not TOKEN.fullmatch(token):
        raise front.forged(request)
    found = await front.store.run(visits.by_receipt, token, front.callback, front.clock())
    if found is None or found.visit.case.brand not in front.faces:
        raise front.forged(request)
    return found


async def _status(request: Request, receipt: Receipt, faults: Faults | None = None, status: int = 200) -> Response:
    front: Front = request.app
    case, contact, now = receipt.visit.case, receipt.contact, front.clock()
    face, visit, token = front.faces[case.brand], front.seals.visit(request.cookies), request.path_params["token"]
    asked = None
    if not case.live and front.settings.surveys.on:
        asked = await front.store.run(visits.survey, case, front.settings.surveys.within, now)
    page = front.page(
        request,
        face,
        "receipt.html",
        status,
        contact=contact,
        kind=contact.kind.value,
        standing=case.live and contact.usable,
        live=case.live,
        consent=receipt.consent,
        code=case.code,
        channel=called(receipt.visit.channel),
        days=times.by_day(contact.windows),
        hours=times.hours,
        earliest=front.callback.earliest,
        latest=front.callback.latest,
        saved=request.query_params.get("saved") == "1",
        thanks=request.query_params.get("thanks") == "1",
        link=front.links.receipt(token),
        kinds=kinds(receipt.visit),
        survey=asked,
        token=front.seals.token(visit, place(token), now),
        path=_path(request),
        here=_path(request),
        languages=list(face.words.values()),
        faults=faults or {},
    )
    return front.sealed(page, visit)


def _path(request: Request) -> str:
    return f"{request.app.base}/r/{request.path_params['token']}"


def _lang(request: Request, receipt: Receipt) -> str:
    front: Front = request.app
    return front.faces[receipt.visit.case.brand].spoken(request).lang
