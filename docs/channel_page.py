"""The page of the channels: who may answer, shadow, how to turn one off, and the rules of all in one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from insights.channels import COUNTED, THREADS, WHO, deletion, span
from models.channel import Manifest
from models.manifests import MANIFESTS

INTRO = """# Channels

A channel is a place where people talk: a platform, a forum, a mailbox. Each has a manifest: what can be heard and
said there, who may answer, how long a text may be and how it is counted, how we learn that a post was deleted, what
it costs, and by when an answer is expected. The manifest is data, and the bot obeys it:

- Where a manifest says that people answer, no program of ours can. `reply_with` for such a channel is an error of the
  configuration, a responder that could send there is not made, and a reply that stands in the queue all the same is
  refused by the sender and given to a person.
- A text is counted as the platform counts it, and never sent longer than that.
- `answer_within` of a manifest is the deadline of `review` and `answer` where the configuration sets none. The graver
  routes keep their own, or take the channel's where that is sooner.
- Posts of a channel whose terms forbid it train no model.

`python bot.py channels` says how each stands, and `python bot.py channels show NAME` all that is known of one. A
plug-in of another package brings the manifest of its channel ([adding a channel](add-a-channel.md)). It may not
change that of a built-in one.

## Who may answer

| Rule | What it means |
|---|---|
| `admitted` | The chat or the forum let the bot in, so it may answer there. |
| `summoned` | It may answer an author who mentioned, answered or quoted the account. To all others people answer. |
| `person` | People answer by hand, by the link on the card. No program of ours writes there. |
| `never` | Nobody can answer. |

The configuration lowers this with `channels.NAME.most` and `replies.mode`, and never raises it; [safety](safety.md)
has the sources of the rules.

## Try one first: shadow

```toml
[channels.hackernews]
shadow = true
```

In shadow everything is heard, judged and decided, and nothing leaves: no card, no line under one, no reply, no case
on anybody's board, no deadline. What would have been done is kept beside each decision. `status`, the digest and
`channels` count it ("would have: 3 cards, 1 reply"), and `channels show hackernews` lists the latest.

The counts are as the real ones would be: a second post of the same person is a note, and the limits of replies hold.
A case that would have been opened counts as open for a week, because nobody was there to close it.

When you take `shadow` out, what comes from then on is for people and the public. Nothing of before is sent. When you
set it on a channel that was live, replies that wait are taken back, and the bot's account answers nobody there, also
if somebody presses `Send`. Cards that were decided on before are still posted, and cases of before can be worked and
closed.

`channels` also keeps a clock for whoever adds a channel: the hours from `channels new`, or else from the first start
with it, to its first good poll in shadow.

## Turn one off for good

Take its listener out of the configuration. Its posts, cards, cases and figures stay readable, cases can be worked and
closed, a card's link for an answer by hand still works, and `forget` reaches everything. `status` shows the listener
as `off`, `channels` shows the channel as `was on`. Its cursor is kept: if the listener comes back under the same
name, it goes on from there, as far as the platform still has the posts. The rules of a channel outlive the plug-in
that brought them, so that its posts are still linked, counted and kept out of training as its terms say.

## The rules of all

`python bot.py channels show NAME` has the same of a channel that a plug-in brings, once it is configured.
"""
HEADER = ("Channel", "Heard", "Who may answer", "Length", "Threads", "Deleted posts", "Target", "Limits and cost",
          "An author's id", "Training")  # fmt: skip


def page() -> str:
    """The whole page, without the mark of what wrote it."""
    return "\n".join((INTRO, *table(MANIFESTS.values()))).rstrip() + "\n"


def table(manifests: Iterable[Manifest]) -> Iterator[str]:
    """One row a channel, in the order of their names."""
    yield f"| {' | '.join(HEADER)} |"
    yield "|---" * len(HEADER) + "|"
    for manifest in sorted(manifests, key=lambda one: one.name):
        yield f"| {' | '.join(_cells(manifest))} |"


def _cells(manifest: Manifest) -> Iterator[str]:
    said = f"; we send {manifest.sends}" if manifest.sends else ""
    yield f"`{manifest.name}`"
    yield manifest.hears
    yield f"{WHO[manifest.reply]}: {manifest.why}{said}"
    yield f"{manifest.max_length:,} {COUNTED[manifest.counting]}"
    yield THREADS[manifest.threading]
    yield deletion(manifest)
    yield span(manifest.answer_within)
    yield f"{manifest.limits}; {manifest.cost}"
    yield manifest.identity
    yield "allowed" if manifest.training else "forbidden"
