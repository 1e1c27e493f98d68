"""Which of two routes is the graver one."""

from __future__ import annotations

from models.decision import Route

GRAVITY = (Route.IGNORE, Route.THANK, Route.ANSWER, Route.REVIEW, Route.WINBACK, Route.CALL, Route.PAGE)
"""A later mention with a graver route than its case gets a card of its own."""


def graver(*routes: Route) -> Route:
    """The gravest of these."""
    return max(routes, key=GRAVITY.index)
