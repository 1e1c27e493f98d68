"""What an agent reads out before a number is written down: the exact words that the customer says yes to.

A brand may set its own words under ``brands.NAME.page.consent``; they serve the page and the telephone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from models.settings.page import Look

LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
    "pt": "Português",
    "it": "Italiano",
}

SPOKEN: Mapping[str, str] = {
    "en": "May {brand} use what you have just told me {purpose}, and for nothing else? It is erased when this is "
    "closed, or after {days} days at the latest, and you can take this back at any time.",
    "es": "¿Puede {brand} usar lo que me acaba de decir {purpose}, y para nada más? Se borra cuando esto termine, o "
    "como muy tarde después de {days} días, y usted puede retirar su consentimiento en cualquier momento.",
    "fr": "{brand} peut-il utiliser ce que vous venez de me dire {purpose}, et pour rien d’autre ? C’est effacé dès "
    "que l’affaire est close, au plus tard après {days} jours, et vous pouvez revenir là-dessus à tout moment.",
    "de": "Darf {brand} das, was Sie mir gerade gesagt haben, {purpose} verwenden, und für nichts anderes? Es wird "
    "gelöscht, wenn dies erledigt ist, spätestens nach {days} Tagen, und Sie können es jederzeit zurücknehmen.",
    "pt": "A {brand} pode usar o que me acaba de dizer {purpose}, e para mais nada? É apagado quando isto terminar, o "
    "mais tardar depois de {days} dias, e pode voltar atrás em qualquer momento.",
    "it": "{brand} può usare ciò che mi ha appena detto {purpose}, e per nient’altro? Viene cancellato quando la cosa "
    "è chiusa, al più tardi dopo {days} giorni, e può ripensarci in ogni momento.",
}

PURPOSE: Mapping[str, str] = {
    "en": "to call or write to you about this matter",
    "es": "para llamarle o escribirle por este asunto",
    "fr": "pour vous appeler ou vous écrire à ce sujet",
    "de": "für einen Anruf oder eine Nachricht in dieser Sache",
    "pt": "para lhe telefonar ou escrever sobre este assunto",
    "it": "per chiamarLa o scriverLe per questa questione",
}


def offered(look: Look, *wanted: str) -> list[str]:
    """The languages in which it can be read out: those that are wanted first, each once; two at most."""
    known = [lang for lang in (*wanted, *look.languages, "en") if lang in SPOKEN or lang in look.consent]
    return list(dict.fromkeys(known))[:2]


def text(look: Look, lang: str, brand: str, keep: timedelta) -> str:
    """The words in one of the ``offered`` languages."""
    words = look.consent.get(lang) or SPOKEN[lang]
    filled = {"{brand}": brand, "{purpose}": PURPOSE.get(lang, PURPOSE["en"]), "{days}": str(max(1, keep.days))}
    for slot, said in filled.items():
        words = words.replace(slot, said)
    return words


def name(lang: str) -> str:
    """A language as its speakers call it."""
    return LANGUAGES.get(lang, lang)


def spoken(languages: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The choices of a field."""
    return tuple((lang, name(lang)) for lang in languages)
