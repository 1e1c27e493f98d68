"""The words and sentences by which a brand is recognised, checked when the file is loaded."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from models.settings.types import Entry, Table
from models.terms import read_term


def _readable(entry: str) -> str:
    read_term(entry)
    return entry


TermEntry = Annotated[Entry, AfterValidator(_readable)]
"""An entry that ``models.terms`` can read."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""A language by its code, such as de."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=500)]
"""Long enough to say something."""

Sentences = Annotated[list[Sentence], BeforeValidator(_listed), Field(max_length=20)]
"""One sentence, or a list of them."""


class Words(Table):
    """Terms and exclusions beside the brand's own, for one language or one channel."""

    terms: list[TermEntry] = Field([], description="Words and phrases that name the brand there.")
    exclude: list[TermEntry] = Field([], description="Words that show that something else is meant there.")
