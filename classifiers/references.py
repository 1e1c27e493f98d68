"""Order, booking, account, case and tracking numbers: a code that stands near a word that says what it is.

A code alone is never enough: prices, years and models look the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.plain import DIGIT

_CUES = (
    # en
    r"(?<!in )orders?|bookings?|reservations?|accounts?|acct|cases?|tickets?|tracking|parcel|shipment|reference"
    r"|ref\.?|confirmation|invoice|customer|contract|complaint|claim|incident|pnr|record locator"
    # es, pt
    r"|pedidos?|reservas?|cuenta|conta|casos?|boleto|billete|bilhete|seguimiento|rastreo|rastreio|rastreamento"
    r"|refer[eê]ncia|localizador|factura|fatura|incidencia|reclamaci[oó]n|reclama[cç][aã]o|expediente|contrato"
    r"|cliente|env[ií]o|encomenda|protocolo|chamado|n[ºo°] de (?:pedido|cliente)"
    # fr
    r"|commande|r[ée]servation|compte|dossier|billet|suivi|r[ée]f[ée]rence|r[ée]f\.?|facture|colis|contrat|client"
    r"|r[ée]clamation"
    # de, nl
    r"|bestellung|buchung|reservierung|konto|vorgang|fall|sendung|sendungsverfolgung|referenz|aktenzeichen"
    r"|rechnung|vertrag|auftrag|st[öo]rung|bestelling|boeking|pakket"
    # it
    r"|ordine|prenotazione|conto|pratica|biglietto|tracciamento|riferimento|rif\.?|fattura|segnalazione|spedizione"
    r"|contratto"
)
_NUMBERED = (
    r"(?:bestell|buchungs|kunden|vertrags|auftrags|sendungs|rechnungs|konto|vorgangs|ticket|fall|referenz"
    r"|bestel|boekings|klant|zaak|order|reservierungs|st[öo]rungs)-?(?:nummer|nr|code|id)"
)
_PNR = (
    r"pnr|record locator|localizador|boekingscode|buchungscode|(?:booking|confirmation|reservation) (?:ref(?:erence)?"
    r"|code)|code de r[ée]servation|c[oó]digo de reserva|codice (?:di )?prenotazione"
)
"""Cues whose codes may be letters alone."""
_IN_PNR = ("pnr", "loc", "cod", "cód", " ref")
"""One of these stands in each of them; a plain search is far cheaper than a match."""
_CUE = re.compile(
    rf"(?<![^\W_])(?=[^\W\d_])(?:(?P<pnr>{_PNR})"
    rf"|(?P<numbered>{_NUMBERED})|{_CUES})(?![^\W\d_])",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"(?:[ :;=(\[-]{0,3}(?:(?P<strong>numbers?|num|nos?|nr|n[º°o]|nummer|n[úu]mero|num[ée]ro|ids?|codes?|c[óo]digo"
    r"|codice|ref|reference|n(?=\.))(?:\.|\b)|(?:is|was|are|es|est|ist|lautet|[éèe])\b)){0,3}"
    r"(?P<sign>[ :;=(\[\"'“#№-]{0,5})",
    re.IGNORECASE,
)
_BODY = r"[A-Za-z0-9](?:[A-Za-z0-9]|[-/_](?=[A-Za-z0-9])){3,29}(?![\w€$£%]|[.,:]\d| ?[€$£%])"
_HERE = re.compile(_BODY)
_APART = re.compile(r"(?<![\w+€$£.,:/-])(?<![€$£] )" + _BODY)
_SPACED = re.compile(r"\d{2,6}(?: \d{2,6}){1,4}(?![\w€$£%]|[.,]\d)")
_AND = re.compile(r" ?(?:,|&|\+|/|\b(?:and|y|e|et|und|en)\b) ?#?")
_BEFORE = re.compile(
    rf"(?<![\w+€$£.,:/-])({_BODY}) (?:is|was|es|est|ist|é|è)"
    r" (?:(?:my|our|the|mi|el|mon|ma|le|la|meine|die|o|il|mijn) )?$",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"[.!?;](?:\s|$)|[\0\n+]|\b(?:phone|call|tel|mobile|m[óo]vil|whatsapp|telefon\w*|num[ée]ro de t)", re.IGNORECASE
)
_NO_CODE = re.compile(
    r"\d{1,2}[-/]\d{1,2}(?:[-/]\d{2,4})?|(?:19|20)\d\d(?:[-/]\d{1,2}){0,2}|\d+000|[A-Za-z]{5,}\d{1,4}"
)
"""Dates, years, round sums, and names with a number such as a phone's model."""
_PERSON = re.compile("customer|client|cliente", re.IGNORECASE)
"""Cues that stand before telephone numbers and much else: the code must come right after them."""
_UNIT = re.compile(
    r" (?:eur|usd|gbp|euros?|dollars?|pounds?|reais|pesos|kg|km|miles|gb|mb|mbps|followers|people|times|days|hours"
    r"|points|seguidores|personas|abonn[ée]s|stunden|tage)\b",
    re.IGNORECASE,
)
_LONG = re.compile(r"(?<![\w-])[A-Za-z-]{0,12}\d{4,}[\w-]*")
_AHEAD, _BEHIND = 40, 48

MOST_CUES = 500
"""Past this many cue words every long number counts as a code: the text is an attack on our time, not a post."""


def find_references(text: str) -> Iterator[tuple[int, int]]:
    """The spans of such codes in a text without invisible characters; they may overlap."""
    if not DIGIT.search(text):
        lower = text.lower()
        if not any(part in lower for part in _IN_PNR):
            return
    for checks, cue in enumerate(_CUE.finditer(text)):
        if checks >= MOST_CUES:
            yield from (match.span() for match in _LONG.finditer(text, cue.start()))
            return
        mark = _MARK.match(text, cue.end())
        at = mark.end() if mark else cue.end()
        sure = bool(cue["pnr"] or cue["numbered"] or (mark and (mark["strong"] or set(mark["sign"]) & set(":#=№"))))
        beside = list(_beside(text, at, sure, cue["pnr"] or ""))
        yield from beside or (() if _PERSON.fullmatch(cue[0]) else _near(text, at))
        before = _BEFORE.search(text, max(0, cue.start() - _BEHIND), cue.start()) if sure else None
        if before and _is_code(text, *before.span(1), sure):
            yield before.span(1)


def _beside(text: str, at: int, sure: bool, pnr: str) -> Iterator[tuple[int, int]]:
    """The code right after the cue, and those joined to it by a comma or an "and"."""
    spaced = _SPACED.match(text, at) if sure else None
    code = spaced or _HERE.match(text, at)
    if code and pnr and _is_locator(text, code[0], pnr):
        yield code.span()
    while code and (code is spaced or _is_code(text, *code.span(), sure)):
        yield code.span()
        joint = _AND.match(text, code.end())
        code = _HERE.match(text, joint.end()) if joint else None


def _near(text: str, at: int) -> Iterator[tuple[int, int]]:
    """A long code a few words further on in the same sentence."""
    stop = _STOP.search(text, at, at + _AHEAD)
    for code in _APART.finditer(text, at, stop.start() if stop else at + _AHEAD):
        if sum(map(str.isdigit, code[0])) >= 6 and _is_code(text, *code.span(), sure=False):
            yield code.span()
            return


def _is_code(text: str, start: int, end: int, sure: bool) -> bool:
    code = text[start:end]
    digits = sum(map(str.isdigit, code))
    if not digits or _NO_CODE.fullmatch(code) or _UNIT.match(text, end):
        return False
    if sure:
        return digits >= 2 or (code == code.upper() and len(code) == 6)
    return digits >= 5 or (code == code.upper() and len(code) >= 6 and digits >= 2)


def _is_locator(text: str, code: str, cue: str) -> bool:
    """Six capitals or digits, as airlines print them; in a text that shouts, letters alone prove nothing."""
    shouting = cue.lower() != "pnr" and text.upper() == text
    return len(code) == 6 and code.isalnum() and code == code.upper() and not (code.isalpha() and shouting)
