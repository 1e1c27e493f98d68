"""What `match` found, as tables for people and as one JSON object. Texts are shown without private data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from classifiers.evaluation.sheet import Sheet
from classifiers.pii import find_pii
from engine.match import Change, Matched, Rule, rules_of
from listeners.matching.matcher import Match
from models.mask import mask
from models.mention import Mention
from models.settings.sections import Brand
from responders.escape import line

WORDS = 96
"""Characters of a post that are shown."""
FORGOTTEN = (
    "Posts that no words found were not kept, so what else new words would find is not known: try a file of posts."
)


def sheets(found: Matched, brands: Mapping[str, Brand], compared: bool, whole: bool) -> Iterator[Sheet]:
    """Every table: what each entry finds, then what changes; ``whole``: the posts are all that there are."""
    notes = [f"{found.unreadable} lines could not be read."] if found.unreadable else []
    notes += [
        f"{brand}: {count} posts speak to its own accounts, whatever their words."
        for brand, count in found.accounts.items()
    ]
    rows = [_row(found, rule) for rule in rules_of(brands)]
    yield Sheet(
        f"What each entry finds in {found.posts} posts",
        ("brand", "list", "entry", "posts", "alone"),
        rows,
        notes,
        frozenset({0, 1, 2}),
    )
    if not compared:
        return
    unknown = () if whole else (FORGOTTEN,)
    if not found.won and not found.lost:
        yield Sheet("No post is found or lost that is not now.", notes=unknown)
        return
    yield from _changes("Newly found", found.won, brands, unknown)
    yield from _changes("No longer found", found.lost, brands, ())


def as_json(found: Matched, brands: Mapping[str, Brand]) -> dict[str, Any]:
    """All of it."""
    return {
        "posts": found.posts,
        "unreadable": found.unreadable,
        "to_accounts": dict(found.accounts),
        "entries": [
            _named(rule) | {"posts": found.found[rule] + found.kept_out[rule], "alone": found.alone[rule]}
            for rule in rules_of(brands)
        ],
        "newly_found": [_change_json(rule, change, brands) for rule, change in found.won.items()],
        "no_longer_found": [_change_json(rule, change, brands) for rule, change in found.lost.items()],
    }


def _row(found: Matched, rule: Rule) -> Sequence[str]:
    excludes = rule[1].endswith("exclude")
    posts = found.kept_out[rule] if excludes else found.found[rule]
    return (*rule, f"{'-' if excludes and posts else ''}{posts}", "" if excludes else f"{found.alone[rule]}")


def _changes(
    title: str, changes: Mapping[Rule, Change], brands: Mapping[str, Brand], notes: Sequence[str]
) -> Iterator[Sheet]:
    total = sum(change.posts for change in changes.values())
    rows = [(*rule, f"{change.posts}") for rule, change in _by_size(changes)]
    shown = [text for rule, change in _by_size(changes) for text in _examples(rule, change, brands)]
    yield Sheet(
        f"{title}: {total} posts", ("brand", "list", "entry", "posts"), rows, [*notes, *shown], frozenset({0, 1, 2})
    )


def _by_size(changes: Mapping[Rule, Change]) -> list[tuple[Rule, Change]]:
    return sorted(changes.items(), key=lambda item: -item[1].posts)


def _examples(rule: Rule, change: Change, brands: Mapping[str, Brand]) -> Iterator[str]:
    if change.examples:
        yield line(f"  {rule[0]} {rule[1]}: {rule[2]}", WORDS)
    for post, _ in change.examples:
        yield f"    {post.posted_at:%Y-%m-%d %H:%M}  {line(post.channel, 20)}  {_text(post, rule[0], brands)}"


def _text(post: Mention, brand: str, brands: Mapping[str, Brand]) -> str:
    region = brands[brand].phone_region if brand in brands else ""
    return line(mask(post.text, find_pii(post.text, region or None)), WORDS - 30)


def _named(rule: Rule) -> dict[str, Any]:
    return dict(zip(("brand", "list", "entry"), rule, strict=True))


def _change_json(rule: Rule, change: Change, brands: Mapping[str, Brand]) -> dict[str, Any]:
    return _named(rule) | {
        "posts": change.posts,
        "examples": [
            {
                "mention": post.id,
                "at": post.posted_at.isoformat(),
                "channel": post.channel,
                "text": _text(post, rule[0], brands),
                "by": _by(match),
            }
            for post, match in change.examples
        ],
    }


def _by(match: Match | None) -> dict[str, Any] | None:
    return {"list": match.source, "entry": match.rule, "start": match.start, "end": match.end} if match else None
