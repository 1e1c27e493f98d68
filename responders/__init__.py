"""Policy (decide), eligibility, the sender, and one file a channel out."""

from __future__ import annotations

BUILTIN = {
    "bluesky": "responders.bluesky:BlueskyResponder",
    "console": "responders.console:ConsoleResponder",
    "dial_webhook": "responders.dial_webhook:DialWebhookResponder",
    "email": "responders.mail:MailResponder",
    "facebook": "responders.facebook:FacebookResponder",
    "instagram": "responders.instagram:InstagramResponder",
    "mastodon": "responders.mastodon:MastodonResponder",
    "matrix": "responders.matrix:MatrixResponder",
    "slack": "responders.slack.outbox:SlackResponder",
    "slack_webhook": "responders.slack_webhook:SlackWebhookResponder",
    "telegram": "responders.telegram:TelegramResponder",
    "webhook": "responders.webhook:WebhookResponder",
    "x": "responders.x:XResponder",
}
