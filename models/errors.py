"""The five errors at every edge, and the one of our own settings.

A plug-in translates its SDK's exceptions into these; nobody else catches an SDK's exception.
"""

from __future__ import annotations


class EdgeError(Exception):
    """Something beyond our walls went wrong."""


class Unavailable(EdgeError):
    """The other side could not be reached or was not ready: certainly not carried out, try again later."""


class RateLimited(Unavailable):
    """The other side asked us to slow down: certainly not carried out, try again after ``retry_after`` seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unconfirmed(EdgeError):
    """The request went out and no clear answer came back: it may have been carried out."""


class Refused(EdgeError):
    """The other side will never accept this message: trying again is useless."""


class AuthFailed(EdgeError):
    """The credential is missing, wrong or lacks a permission: the whole channel stops until a person acts."""


class SettingsError(Exception):
    """The configuration cannot be used; ``faults`` says, line by line, what is wrong and what is allowed."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class CorrectionError(ValueError):
    """A correction that cannot be kept; the message says what is allowed."""


class StoreError(Exception):
    """The database cannot be used as it is; the message says what to do."""
