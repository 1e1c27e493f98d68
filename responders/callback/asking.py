"""The pages on which a customer says how to be reached: what we know, the three ways, and the form of each."""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from models.contact import ContactKind, NewConsent, NewContact, Refusal, Why
from models.store import contacts, visits
from models.store.visits import Visit
from responders.callback import filling
from responders.callback.filling import Filled
from responders.callback.form import Asking, shown
from responders.callback.front import MESSAGES, TOKEN, Front, called
from responders.callback.visitors import CHANGES

_MACHINE = re.compile(r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|whatsapp|embedly|curl/|wget/", re.I)
"""Programs that open each link that they see; none of them is the customer."""


async def open_page(request: Request) -> Response:
    """What we know, and how we may reach them."""
    front: Front = request.app
    visit = await visit_of(request)
    if visit.case.live and _a_person(request):
        await front.store.run(visits.opened, visit.case.id, front.clock())
    face = front.faces[visit.case.brand]
    path = f"{front.base}/c/{request.path_params['part']}"
    return front.page(
        request,
        face,
        "open.html",
        post=visit.post,
        channel=called(visit.channel),
        code=visit.case.code,
        live=visit.case.live,
        kinds=kinds(visit),
        path=path,
        here=path,
        languages=list(face.words.values()),
    )


async def form_page(request: Request) -> Response:
    """The form of one way, and what becomes of it."""
    front: Front = request.app
    visit = await visit_of(request)
    path = f"{front.base}/c/{request.path_params['part']}"
    return await _form(Asking(front, request, visit, front.faces[visit.case.brand], _kind(request, visit), path))


async def change_page(request: Request) -> Response:
    """The same for who changes what was given."""
    front: Front = request.app
    token = request.path_params["token"]
    found = (
        await front.store.run(visits.by_receipt, token, front.callback, front.clock())
        if TOKEN.fullmatch(token)
        else None
    )
    if found is None or found.visit.case.brand not in front.faces:
        raise front.forged(request)
    visit, path = found.visit, f"{front.base}/r/{token}"
    kind = _kind(request, visit)
    return await _form(Asking(front, request, visit, front.faces[visit.case.brand], kind, path, token))


async def visit_of(request: Request) -> Visit:
    """The case of a signed link; the same 404 for every other, whatever is wrong with it."""
    front: Front = request.app
    code = front.links.read(request.path_params["part"])
    visit = await front.store.run(visits.by_code, code, front.callback, front.clock()) if code else None
    if visit is None or visit.case.brand not in front.faces:
        raise front.forged(request)
    return visit


def kinds(visit: Visit) -> list[ContactKind]:
    """The ways that there are: a private message only where the platform has some."""
    return [kind for kind in ContactKind if kind is not ContactKind.PRIVATE or visit.channel in MESSAGES]


def _kind(request: Request, visit: Visit) -> ContactKind:
    wanted = request.path_params["kind"]
    if wanted not in kinds(visit):
        raise HTTPException(404)
    return ContactKind(wanted)


async def _form(asking: Asking) -> Response:
    if not asking.visit.case.live:
        return RedirectResponse(f"{asking.path}?lang={asking.spoken.lang}", 303)
    if asking.request.method == "POST":
        return await _give(asking)
    return shown(asking, Filled())


async def _give(asking: Asking) -> Response:
    front, request, now = asking.front, asking.request, asking.front.clock()
    filled = await front.read(request)
    form = front.form(request, filled, asking.place)
    if not form.good:
        # What stands there now was perhaps never agreed to, so it is ticked anew.
        typed = Filled({name: values for name, values in filled.values.items() if name != "consent"})
        return shown(asking, typed, {"form": "fault_form"}, status=403)
    read = filling.read_contact(asking.kind, filled, asking.face.words, front.callback, now)
    if read.contact is None:
        return shown(asking, filled, read.faults, read.clocks, form.id, 422)
    return await _keep(asking, read.contact, filled, form.id)


async def _keep(asking: Asking, contact: NewContact, filled: Filled, form: str) -> Response:
    front, spoken = asking.front, asking.spoken
    consent = NewConsent(asking.kind.value, asking.consent, spoken.lang, "page")
    known = (asking.visit.case.id, contact, consent, front.callback, front.vault, front.clock())
    counted = (CHANGES, asking.receipt or asking.visit.case.code)
    front.visits.check(*counted)
    given = await front.store.run(contacts.give, *known, form="" if asking.receipt else form, receipt=asking.receipt)
    if not isinstance(given, Refusal):
        # Only what changed something counts: the link is public, and junk must not keep the customer out.
        if not given.repeated:
            front.visits.note(*counted)
        return RedirectResponse(f"{front.base}/r/{given.receipt_token}?saved=1&lang={spoken.lang}", 303)
    if given.why is Why.FULL:
        return shown(asking, filled, {"full": "fault_full"}, form=form, status=409)
    if given.why is Why.CLOSED:
        return RedirectResponse(f"{asking.path}?lang={spoken.lang}", 303)
    if given.why is Why.WITHDRAWN:
        # The form of before the withdrawal: agreeing again takes another one.
        typed = Filled({name: values for name, values in filled.values.items() if name != "consent"})
        return shown(asking, typed, {"form": "fault_form"}, status=409)
    raise HTTPException(404)


def _a_person(request: Request) -> bool:
    """Whether it is somebody who looks, and no program that opens links beforehand."""
    ahead = request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
    agent = request.headers.get("user-agent", "")
    return request.method == "GET" and "prefetch" not in ahead and bool(agent) and not _MACHINE.search(agent)
