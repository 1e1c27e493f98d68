"""Signatures of webhooks: the scheme's own example, and everything that must be refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.signature import key_of, signed, verified

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
KEY = key_of("whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
OTHER = key_of("another secret of Kestrelo's")
BODY = b'{"text": "Kestrelo is down"}'


def test_the_signature_is_the_published_one() -> None:
    """Id, moment and body of a worked example give the signature that any other implementation gives."""
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    headers = signed(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_we_sign_is_known_again() -> None:
    """A signed message gives its id back, also while a second secret is taken and among other signatures."""
    headers = signed(KEY, "m1", NOW, BODY)
    assert verified([OTHER, KEY], headers, BODY, NOW + timedelta(minutes=4)) == "m1"
    headers["webhook-signature"] = f"v2,xyz {headers['webhook-signature']}"
    assert verified([KEY], headers, BODY, NOW) == "m1"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"webhook-id": "m2"}, "does not fit"),
        ({"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, "does not fit"),
        ({"webhook-signature": "v1,"}, "does not fit"),
        ({"webhook-signature": "v1,\u00e9"}, "does not fit"),
        ({"webhook-signature": ""}, "are needed"),
        ({"webhook-id": "two\nlines"}, "are needed"),
        ({"webhook-timestamp": "1"}, "5 minutes"),
        ({"webhook-timestamp": "soon"}, "5 minutes"),
        ({"webhook-timestamp": "9" * 5000}, "5 minutes"),
    ],
)
def test_a_changed_message_is_refused(change: dict[str, str], why: str) -> None:
    """Another id, another moment, no signature: each is refused with its reason."""
    with pytest.raises(ValueError, match=why):
        verified([KEY], signed(KEY, "m1", NOW, BODY) | change, BODY, NOW)


def test_a_changed_body_an_old_message_and_another_secret_are_refused() -> None:
    """The signature is over the body, holds for five minutes either way, and for its own secret only."""
    headers = signed(KEY, "m1", NOW, BODY)
    for keys, body, now in (
        ([KEY], BODY + b" ", NOW),
        ([KEY], BODY, NOW + timedelta(minutes=6)),
        ([KEY], BODY, NOW - timedelta(minutes=6)),
        ([OTHER], BODY, NOW),
        ([], BODY, NOW),
    ):
        with pytest.raises(ValueError, match="webhook-"):
            verified(keys, headers, body, now)


@pytest.mark.parametrize("secret", ["tiny-secret", "whsec_c2hvcnQ=", "whsec_not base64 at all but long"])
def test_a_weak_secret_is_not_taken(secret: str) -> None:
    """A secret that is short or damaged stops the start, in words that do not hold it."""
    with pytest.raises(ValueError, match="the secret is") as caught:
        key_of(secret)
    assert secret not in str(caught.value)
