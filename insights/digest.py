"""The day in one message."""

from __future__ import annotations

from models.store.figures import Figures

WORDS = {
    "call": "calls recommended",
    "page": "pages",
    "winback": "win-backs",
    "review": "for people to look at",
    "answer": "answerable by the FAQ",
    "thank": "thank-yous",
    "ignore": "counted only",
}


def digest(figures: Figures) -> str:
    """Yesterday's decisions by route, and what is still open."""
    routes = ", ".join(
        f"{figures.routes[route]} {words}" for route, words in WORDS.items() if figures.routes.get(route)
    )
    stuck = sum(figures.stuck.values())
    text = f"The last 24 hours: {routes or 'nothing was decided'}. Open cases: {figures.open_cases}."
    return f"{text} Messages that people must check: {stuck}." if stuck else text
