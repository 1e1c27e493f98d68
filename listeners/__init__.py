"""One file or folder a channel in, what they share, and the poller that keeps one alive."""

from __future__ import annotations

BUILTIN = {
    "bluesky": "listeners.bluesky.search:BlueskyListener",
    "discourse": "listeners.discourse.forum:DiscourseListener",
    "email": "listeners.mail.mailbox:MailListener",
    "facebook": "listeners.meta.facebook:FacebookListener",
    "feed": "listeners.feed.feed:FeedListener",
    "hackernews": "listeners.hackernews.search:HackerNewsListener",
    "instagram": "listeners.meta.instagram:InstagramListener",
    "jetstream": "listeners.bluesky.jetstream:JetstreamListener",
    "jsonl": "listeners.jsonl:JsonlListener",
    "mastodon": "listeners.mastodon.timelines:MastodonListener",
    "mastodon_stream": "listeners.mastodon.stream:MastodonStreamListener",
    "matrix": "listeners.matrix.rooms:MatrixListener",
    "reddit": "listeners.reddit.search:RedditListener",
    "stackexchange": "listeners.stackexchange.search:StackExchangeListener",
    "telegram": "listeners.telegram.chats:TelegramListener",
    "webhook": "listeners.webhook.webhook:WebhookListener",
    "x": "listeners.x.search:XListener",
    "x_stream": "listeners.x.stream:XStreamListener",
    "youtube": "listeners.youtube.comments:YouTubeListener",
}
