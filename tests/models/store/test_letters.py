"""What is said to a customer in writing elsewhere, and what becomes of their address with it."""

from __future__ import annotations

from models.contact import ContactKind, NewContact
from models.store import Store, letters
from models.store.letters import Wrote
from tests.models.store.desk import ANA, case, opened
from tests.models.store.ledger import kept, stages, told
from tests.models.store.reaching import VAULT, given, sealed, what
from tests.models.store.steps import CASE, LATER

ADDRESS = NewContact(ContactKind.EMAIL, "ana@example.com", lang="en")


def test_who_was_helped_in_writing_keeps_no_address_with_us(store: Store) -> None:
    """The case ends with it, and the address is erased as after a call."""
    opened(store)
    given(store, ADDRESS)
    assert VAULT.open(sealed(store)[0], CASE.id) == ADDRESS.address
    assert store.do(letters.wrote, CASE.id, ANA, Wrote.SOLVED, "", LATER).done
    assert not case(store).live
    assert stages(store)[-1] == "resolved"
    assert kept(store) == told(store)
    assert sealed(store) == [""]
    assert what(store, "contact_erased") == [("contact_erased", "bot")]
