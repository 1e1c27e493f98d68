"""The shapes of X's JSON, as its schemas of July (old names) and August 2026 (new names) have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NEW_NAMES = {
    "tweet.fields": "post.fields",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
}


class ProblemError(Exception):
    """A refusal; ``parameter`` is what X blames."""

    def __init__(self, status: int, detail: str, parameter: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.parameter = parameter


def named(new: bool, name: str) -> str:
    """A name as the version in use spells it."""
    return NEW_NAMES[name] if new else name


def post_json(post: Mapping[str, Any], fields: set[str], new: bool) -> dict[str, Any]:
    """A post with what always comes and what ``fields`` asks for; its ``raw`` replaces anything."""
    metrics = {named(new, "retweet_count"): 2, "reply_count": 1, "like_count": 3, "quote_count": 0}
    asked: dict[str, Any] = {
        "author_id": post["author_id"],
        "conversation_id": post["conversation_id"],
        "created_at": post["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lang": post["lang"],
        "public_metrics": metrics | {"bookmark_count": 0, "impression_count": 9},
    }
    if post["mentions"]:
        listed = [{"start": 0, "end": len(name) + 1, "username": name} for name in post["mentions"]]
        asked["entities"] = {"mentions": listed}
    if post["to_id"]:
        asked["in_reply_to_user_id"] = post["to_id"]
    if post["references"]:
        listed = [{"type": kind, "id": to} for kind, to in post["references"]]
        asked[named(new, "referenced_tweets")] = listed
    # The new schema has no names by which to ask for these, so they come unasked.
    fields = fields | ({"author_id", "in_reply_to_user_id", "referenced_posts"} if new else set())
    always = {"id": post["id"], "text": post["text"], named(new, "edit_history_tweet_ids"): [post["id"]]}
    return always | {name: value for name, value in asked.items() if name in fields} | post["raw"]


def user_json(identifier: str, username: str) -> dict[str, Any]:
    """A user with a few followers."""
    counts = {"followers_count": 1200, "following_count": 1, "tweet_count": 1, "post_count": 1, "listed_count": 0}
    return {"id": identifier, "name": username.title(), "username": username, "public_metrics": counts}


def refusal_json(problem: ProblemError, new: bool) -> tuple[dict[str, Any], str]:
    """A refusal's body and its content type."""
    kind = "application/problem+json"
    if new and problem.status != 400:
        # The new schema lists no problem for 401 and 403; this is its plain error.
        return {"code": problem.status, "message": problem.detail}, "application/json"
    body = {"title": "Refused", "type": "about:blank", "status": problem.status, "detail": problem.detail}
    if new:
        return body | {"type": "https://api.x.com/2/problems/invalid-request", "parameter": problem.parameter}, kind
    if problem.parameter:
        body["type"] = "https://api.twitter.com/2/problems/invalid-request"
        body["errors"] = [{"parameters": {problem.parameter: ["…"]}, "message": problem.detail}]
    return body, kind
