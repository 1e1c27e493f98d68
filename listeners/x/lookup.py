"""Looks up single posts on X: whether they are still there, and the one that another answers.

X keeps those who store posts to what became of them since: https://docs.x.com/developer-terms/policy
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from listeners.x.http import AnswerError, Door
from listeners.x.posts import read_page
from models.errors import Unavailable
from models.mention import Mention

GONE = ("resource-not-found", "not-authorized-for-resource")
"""The ends of the problem types of posts that were deleted, and of those whose authors closed or lost their account:
X's terms want both treated alike."""


async def gone(door: Door, ids: Sequence[str]) -> frozenset[str]:
    """Those of at most 100 posts that nobody may see any more. What X does not speak of stays."""
    wanted = [one for one in ids if one.isascii() and one.isdigit()]
    if not wanted:
        return frozenset()
    page = await _page(door, wanted, whole=False)
    there = {str(item.get("id")) for item in page.get("data") or [] if isinstance(item, dict)}
    absent = {str(problem.get("resource_id") or problem.get("value")) for problem in _problems(page)}
    return frozenset(absent & set(wanted) - there)


async def fetch(door: Door, identifier: str, own: Mapping[str, str]) -> Mention | None:
    """One post; None where nobody may see it."""
    if not (identifier.isascii() and identifier.isdigit()):
        return None
    page = await _page(door, [identifier], whole=True)
    if not page.get("data"):
        return None
    try:
        found = read_page(json.dumps(page).encode(), own).mentions
    except ValueError as error:
        raise Unavailable("X's answer could not be read: it is no page of posts") from error
    return found[0] if found else None


async def _page(door: Door, ids: Sequence[str], whole: bool) -> Mapping[str, Any]:
    try:
        answer = await door.look_up(ids, whole)
    except AnswerError as error:
        raise error.edge(datetime.now(UTC)) from error
    try:
        page = json.loads(answer.body)
    except (RecursionError, ValueError) as error:
        raise Unavailable("X's answer could not be read: it is no JSON") from error
    if not isinstance(page, dict) or not (isinstance(page.get("data"), list) or isinstance(page.get("errors"), list)):
        raise Unavailable("X's answer could not be read: there is nothing about posts in it")
    return page


def _problems(page: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = page.get("errors") or []
    return [one for one in listed if isinstance(one, dict) and str(one.get("type", "")).endswith(GONE)]
