"""Opens a sealed number in the moment in which it is dialled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from models.contact import Refusal
from models.decision import Message
from models.errors import Refused
from models.press import Person
from models.settings import Settings
from models.store import Store, contacts
from models.vault import Vault
from responders.dial_webhook import DialWebhookResponder, Opener


def give_openers(responders: Iterable[object], settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
    """Let those that dial open numbers; raises ValueError where the key cannot be read."""
    dialling = [one for one in responders if isinstance(one, DialWebhookResponder)]
    if dialling:
        opener = _opener(store, Vault.from_settings(settings.callback), clock)
        for one in dialling:
            one.open_with(opener)


def _opener(store: Store, vault: Vault | None, clock: Callable[[], datetime]) -> Opener:
    async def opened(message: Message) -> str:
        """In the name of who pressed, under the same rules as if they looked at it; written down each time."""
        by = Person(str(message.body.get("by") or ""), str(message.body.get("by_name") or ""))
        contact = str(message.body.get("contact") or "")
        number = await store.run(contacts.reveal, contact, by, vault, clock(), "dial")
        if isinstance(number, Refusal):
            raise Refused(number.words)
        if not number:
            raise Refused("there is no number in it")
        return number

    return opened
