"""Who visits: the address that our own proxies saw, an IPv6 line as one visitor, and what nobody can make up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responders.callback.visitors import MOST_KEYS, Busy, Visits, address_of, network_of


def scope(*forwarded: str, peer: str = "10.0.0.1") -> dict[str, object]:
    """A request that came through proxies."""
    return {"client": (peer, 1), "headers": [(b"x-forwarded-for", one.encode()) for one in forwarded]}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, ("6.6.6.6",), "10.0.0.1"),
        (1, (), "10.0.0.1"),
        (1, ("1.2.3.4",), "1.2.3.4"),
        (1, ("6.6.6.6, 1.2.3.4",), "1.2.3.4"),
        (1, ("6.6.6.6", "1.2.3.4"), "1.2.3.4"),
        (2, ("6.6.6.6, 1.2.3.4, 9.9.9.9",), "1.2.3.4"),
        (2, ("1.2.3.4",), "10.0.0.1"),
        (1, ("nonsense",), "10.0.0.1"),
        (1, ("1.2.3.4:5678",), "1.2.3.4"),
        (1, ("[2001:db8:1:2:3::4]:5678",), "2001:db8:1:2::/64"),
    ],
)
def test_only_our_own_proxies_are_believed(proxies: int, forwarded: tuple[str, ...], address: str) -> None:
    """What a visitor writes into the header itself stands before what they add."""
    assert address_of(scope(*forwarded), proxies) == address


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8::ffff:2"), ("::ffff:1.2.3.4", "1.2.3.4"), ("fe80::1%eth0", "fe80::2")],
)
def test_one_line_is_one_visitor(one: str, other: str) -> None:
    """An IPv6 network of 64 bits, and IPv4 however it is written."""
    assert network_of(one) == network_of(other) != ""
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8::1")


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    """Nothing that a header says is an error."""
    assert network_of(text) == "" or "." in network_of(text) or ":" in network_of(text)


def test_each_key_has_its_own_count() -> None:
    """One who is too many waits; another does not, and no longer than the limit's own time."""
    visits = Visits({"forms": "2 per minute"})
    visits.count("forms", "a")
    visits.count("forms", "a")
    with pytest.raises(Busy) as busy:
        visits.count("forms", "a")
    assert 1 <= busy.value.seconds <= 61
    with pytest.raises(Busy):
        visits.check("forms", "a")
    visits.count("forms", "b")
    visits.check("forms", "b")


def test_a_flood_of_addresses_does_not_fill_the_memory(caplog: pytest.LogCaptureFixture) -> None:
    """Past a bound counting begins anew, and that is said."""
    visits = Visits({"pages": "2 per minute"})
    visits._storage.storage.update({str(at): 1 for at in range(MOST_KEYS + 1)})
    visits.count("pages", "a")
    assert len(visits._storage.storage) < 10
    assert "counting begins anew" in caplog.text
