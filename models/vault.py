"""Seals what customers give us to be reached, so that the database, its dumps and its backups do not say it.

A key is 32 random bytes in URL-safe base64 (``python bot.py keys new``). Of each, every use has a key of its own, made
by HKDF-SHA256 (RFC 5869): one a case for sealing, so that a sealed number opens for the case that it was given for
and for no other; one for the keyed hash of a consent; one for each kind of signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import NoReturn

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import SettingsError
from models.settings.callback import CallbackSettings

BYTES = 32
"""The length of a key."""

MAKE_ONE = "`python bot.py keys new` makes one"


class Unsealable(ValueError):
    """A sealed number cannot be opened: its key is gone, or it was given for another case."""


class WrongKeys(SettingsError, ValueError):
    """The keys of ``callback.key`` cannot be used; the message says why, and holds none of them."""


class Vault:
    """Keys, the newest first: it seals with the newest and opens with all. Nothing that it prints shows one."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ValueError, without the key, where there is none, one is no key, or one stands there twice."""
        self._keys = tuple(_key(line, number) for number, line in enumerate(keys, 1))
        if not self._keys:
            raise ValueError(f"there is no key; {MAKE_ONE}")
        if len(set(self._keys)) < len(self._keys):
            raise ValueError("the same key stands there twice; take one out")

    @classmethod
    def from_settings(cls, callback: CallbackSettings) -> Vault | None:
        """The vault of ``callback.key``; None where none is set. Raises WrongKeys that says what is wrong."""
        if callback.key is None:
            return None
        try:
            return cls(lines(callback.key.reveal()))
        except ValueError as error:
            # Without its cause, whose frames hold the key.
            raise WrongKeys([f"callback.key: {error}"]) from None

    def __repr__(self) -> str:
        """How many keys there are, and nothing of them."""
        return f"Vault({len(self._keys)} keys)"

    def __reduce__(self) -> NoReturn:
        """Keys are not written anywhere by us."""
        raise TypeError("a vault is not to be copied")

    @property
    def ids(self) -> tuple[str, ...]:
        """A name of each key that says nothing about it, such as ``3f9a01c2``; the newest first."""
        return tuple(_derived(key, "id")[:4].hex() for key in self._keys)

    def seal(self, text: str, case_id: str) -> str:
        """Encrypt for a case."""
        return self._box(case_id).encrypt(text.encode()).decode()

    def open(self, sealed: str, case_id: str) -> str:
        """What was sealed for this case; raises Unsealable."""
        try:
            return self._box(case_id).decrypt(sealed.encode("ascii", "replace")).decode()
        except InvalidToken:
            raise Unsealable("it cannot be opened: none of the keys in callback.key fits it, or its case") from None

    def rotate(self, sealed: str, case_id: str) -> str:
        """The same, sealed with the newest key; raises Unsealable."""
        return self.seal(self.open(sealed, case_id), case_id)

    def sealed_with(self, sealed: str, case_id: str) -> str:
        """The id of the key that it is sealed with; empty where none of ours opens it."""
        for key, name in zip(self._keys, self.ids, strict=True):
            try:
                _fernet(key, case_id).decrypt(sealed.encode("ascii", "replace"))
            except InvalidToken:
                continue
            return name
        return ""

    def digest(self, text: str) -> str:
        """A keyed hash, behind its key's id and a dot, by which a consent can be proved for a number that it names."""
        return self.digests(text)[0]

    def digests(self, text: str) -> tuple[str, ...]:
        """The hashes of a text by each key: the newest first. Capital letters do not matter, for addresses."""
        said = text.casefold().encode()
        hashes = (hmac.new(key, said, hashlib.sha256).hexdigest() for key in self.signing("consent"))
        return tuple(f"{name}.{found}" for name, found in zip(self.ids, hashes, strict=True))

    def signing(self, purpose: str) -> tuple[bytes, ...]:
        """Keys to sign with: the first signs, and what any of them has signed is good."""
        return tuple(_derived(key, f"sign:{purpose}") for key in self._keys)

    def _box(self, case_id: str) -> MultiFernet:
        return MultiFernet([_fernet(key, case_id) for key in self._keys])


def new_key() -> str:
    """A fresh key."""
    return Fernet.generate_key().decode()


def lines(text: str) -> list[str]:
    """The keys of a secret, one a line; without empty lines and what stands behind a ``#``."""
    return [word for line in text.splitlines() for word in re.split(r"[\s,]+", line.partition("#")[0].strip()) if word]


def _key(line: str, number: int) -> bytes:
    try:
        key = base64.b64decode(line.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        key = b""
    if len(key) != BYTES:
        raise ValueError(f"key {number} is not {BYTES} bytes in URL-safe base64; {MAKE_ONE}") from None
    return key


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), BYTES, salt=None, info=b"overheard:" + purpose.encode()).derive(key)


def _fernet(key: bytes, case_id: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(key, f"seal:{case_id}")))
