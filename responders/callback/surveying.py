"""How it went: three questions after a case is over, each optional, answered on the page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from models.case import Case
from models.links import SURVEY
from models.store import surveys, visits
from responders.callback.filling import Faults, rating
from responders.callback.front import Front
from responders.callback.visitors import CHANGES


async def survey_page(request: Request) -> Response:
    """The page of the link that an agent passes on."""
    front: Front = request.app
    code = front.links.read(request.path_params["part"], SURVEY)
    found = await front.store.run(visits.by_code, code, front.callback, front.clock()) if code else None
    if found is None or found.case.brand not in front.faces:
        raise front.forged(request)
    if request.method == "GET" or request.method == "HEAD":
        return await _shown(request, found.case)
    faults = await keep(request, found.case, f"survey:{found.case.code}")
    if faults:
        return await _shown(request, found.case, faults, 403 if "form" in faults else 422)
    spoken = front.faces[found.case.brand].spoken(request)
    return RedirectResponse(f"{front.base}/s/{request.path_params['part']}?thanks=1&lang={spoken.lang}", 303)


async def keep(request: Request, case: Case, place: str) -> Faults:
    """Keep the answers of a form; what is wrong with it, if anything is."""
    front: Front = request.app
    filled = await front.read(request)
    if not front.form(request, filled, place).good:
        return {"form": "fault_form"}
    try:
        said = rating(filled)
    except ValueError:
        said = {}
    if not said:
        return {"rating": "fault_rating"}
    within, counted = front.settings.surveys.within, (CHANGES, f"survey of {case.code}")
    front.visits.check(*counted)
    done = await front.store.run(surveys.answer, case.id, front.clock(), within, **said, via="page")
    if isinstance(done, surveys.Refusal):
        return {"rating": "survey_over"}
    if done.changed:
        front.visits.note(*counted)
    return {}


async def _shown(request: Request, case: Case, faults: Faults | None = None, status: int = 200) -> Response:
    front: Front = request.app
    now, face, within = front.clock(), front.faces[case.brand], front.settings.surveys.within
    on, visit = front.settings.surveys.on, front.seals.visit(request.cookies)
    asked = await front.store.run(visits.survey, case, within, now) if on and not case.live else None
    path = f"{front.base}/s/{request.path_params['part']}"
    page = front.page(
        request,
        face,
        "survey.html",
        status,
        survey=asked,
        over=not case.live and on,
        thanks=request.query_params.get("thanks") == "1",
        token=front.seals.token(visit, f"survey:{case.code}", now),
        path=path,
        here=path,
        languages=list(face.words.values()),
        faults=faults or {},
    )
    return front.sealed(page, visit)
