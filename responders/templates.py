"""The reviewed texts that may be said in public, by language and route.

A text may use ``$brand``, ``$code``, ``$way`` (a private way to reach the brand) and ``$answer`` (from the FAQ), and
nothing that a stranger wrote. Where a private way is known, ``ROUTE.way.txt`` is used instead of ``ROUTE.txt``.
``closing.txt`` is no route's: it ends in public what was settled elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from models.errors import SettingsError

SLOTS = frozenset({"brand", "code", "way", "answer"})
SHIPPED = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Templates:
    """All texts of a folder, keyed by (language, name)."""

    texts: dict[tuple[str, str], Template] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path | None = None) -> Templates:
        """Read ``LANG/NAME.txt`` files; raises SettingsError for an unknown slot, so that no reply has a hole in it."""
        folder = folder or SHIPPED
        texts: dict[tuple[str, str], Template] = {}
        faults: list[str] = []
        for path in sorted(folder.glob("*/*.txt")):
            try:
                template = Template(path.read_text("utf-8-sig").strip())
            except UnicodeDecodeError as error:
                faults.append(f"{path}: must be UTF-8 text ({error.reason} at byte {error.start})")
                continue
            unknown = set(template.get_identifiers()) - SLOTS
            if unknown or not template.is_valid():
                allowed = ", ".join(f"${slot}" for slot in sorted(SLOTS))
                faults.append(f"{path}: unknown slot {', '.join(sorted(unknown)) or '$'}; allowed: {allowed}")
            texts[path.parent.name, path.stem] = template
        if not texts:
            faults.append(f"replies.templates: {folder} holds no LANGUAGE/ROUTE.txt files")
        if faults:
            raise SettingsError(faults)
        return cls(texts)

    def fill(self, lang: str, route: str, *, brand: str, code: str = "", way: str = "", answer: str = "") -> str:
        """The text for a route in a language, or an empty string where none was reviewed."""
        template = (self.texts.get((lang, f"{route}.way")) if way else None) or self.texts.get((lang, route))
        return template.substitute(brand=brand, code=code, way=way, answer=answer) if template else ""
