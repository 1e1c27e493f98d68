"""What X's search language means, as far as our queries use it: words, phrases, OR, groups, negation, six operators."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Post = Mapping[str, Any]
Test = Callable[[Post], bool]

_TOKEN = re.compile(r'\s*(-?)(\(|\)|"[^"]*"|[^\s()"]+)')


def compile_query(query: str) -> Test:
    """Whether a post matches; raises ValueError with X's kind of complaint for a query that X refuses."""
    tokens = [(bool(minus), word) for minus, word in _TOKEN.findall(query)]
    if "".join(query.split()) != "".join("-" * minus + word for minus, word in tokens).replace(" ", ""):
        raise ValueError("there is an unbalanced quote")
    test, standalone = _either(tokens)
    if tokens:
        raise ValueError(f"missing EOF at '{tokens[0][1]}'")
    if not standalone:
        raise ValueError("there must be a standalone operator that is not negated")
    return test


def _either(tokens: list[tuple[bool, str]]) -> tuple[Test, bool]:
    tests = [_all(tokens)]
    while tokens and tokens[0] == (False, "OR"):
        tokens.pop(0)
        tests.append(_all(tokens))
    # One alternative without a word of its own would match everything.
    return lambda post: any(test(post) for test, _ in tests), all(standalone for _, standalone in tests)


def _all(tokens: list[tuple[bool, str]]) -> tuple[Test, bool]:
    tests: list[Test] = []
    standalone = False
    while tokens and tokens[0][1] not in ("OR", ")"):
        minus, word = tokens.pop(0)
        if word == "(":
            if minus:
                raise ValueError("a group may not be negated")
            test, found = _either(tokens)
            if not tokens or tokens.pop(0)[1] != ")":
                raise ValueError("a group is not closed")
            tests.append(test)
            standalone |= found
            continue
        test, found = _one(word)
        tests.append((lambda post, test=test: not test(post)) if minus else test)
        standalone |= found and not minus
    if not tests:
        raise ValueError("something is missing beside OR or in a group")
    return lambda post: all(test(post) for test in tests), standalone


def _one(word: str) -> tuple[Test, bool]:
    """The test of one word, and whether X lets it stand alone."""
    name, colon, value = word.partition(":")
    value = value.lower()
    operators: dict[str, tuple[Test, bool]] = {
        "from": (lambda post: post["username"].lower() == value, True),
        "to": (lambda post: post["to"].lower() == value, True),
        "in_reply_to_tweet_id": (lambda post: ("replied_to", value) in post["references"], True),
        "conversation_id": (lambda post: post["conversation_id"] == value, True),
        "is": (lambda post: any(kind == "retweeted" for kind, _ in post["references"]), False),
        "lang": (lambda post: post["lang"] == value, False),
    }
    if colon and not word.startswith('"'):
        if name not in operators:
            raise ValueError(f"there is no operator {name}")
        return operators[name]
    if word.startswith("@"):
        return lambda post: word[1:].lower() in post["mentions"], True
    sought = _words(word)
    if not sought:
        raise ValueError("there is nothing to search for in a word")
    return lambda post: _within(sought, _words(post["text"])), True


def _words(text: str) -> list[str]:
    # An emoji is a word of its own.
    return re.findall(r"[#$]?\w+|[\U0001f300-\U0001faff\u2600-\u27bf]", text.lower())


def _within(sought: list[str], words: list[str]) -> bool:
    size = len(sought)
    return any(words[at : at + size] == sought for at in range(len(words) - size + 1))
