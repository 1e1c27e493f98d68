"""A survey with buttons: its questions in the customer's language, what each button says, and a tap on one.

CSAT 1–5, NPS 0–10, and whether they had to explain it again, one after the other in the same message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STEPS = ("csat", "nps", "again")
"""The questions in their order."""

SCALES = {"csat": (1, 5), "nps": (0, 10)}
"""The least and the most of each scale."""

_ROW = 6
"""Buttons beside each other, so that a thumb on a phone hits one."""

_DATA = re.compile(r"([0-9a-f]{40}):(csat|nps|again):([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Tap:
    """Somebody tapped a button below a message of ours.

    ``id`` is the same however often the platform delivers it; ``by`` is the platform's id of who tapped, ``place`` the
    message as a receipt names it, ``data`` what stands behind the button.
    """

    id: str
    by: str
    place: str
    data: str

    @property
    def said(self) -> tuple[str, str, int] | None:
        """The message's key, the question and the value; None where these are no buttons of ours."""
        found = _DATA.fullmatch(self.data)
        return (found[1], found[2], int(found[3])) if found else None


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language."""

    csat: str
    nps: str
    again: str
    yes: str
    no: str
    thanks: str
    over: str
    not_yours: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        "How satisfied are you with how {brand} handled this? 1 is not at all, 5 is very. Your answer is not shown.",
        "How likely are you to recommend {brand}? 0 is not at all, 10 is very.",
        "Did you have to explain your problem again?",
        "Yes",
        "No",
        "Thank you for your answer.",
        "The time to answer is over. Thank you.",
        "Only the person who was asked can answer.",
    ),
    "de": Words(
        "Wie zufrieden sind Sie damit, wie {brand} Ihnen geholfen hat? 1 ist gar nicht, 5 sehr. "
        "Ihre Antwort wird nicht gezeigt.",
        "Wie wahrscheinlich empfehlen Sie {brand} weiter? 0 ist gar nicht, 10 sehr.",
        "Mussten Sie Ihr Anliegen noch einmal erklären?",
        "Ja",
        "Nein",
        "Vielen Dank für Ihre Antwort.",
        "Die Zeit für eine Antwort ist vorbei. Vielen Dank.",
        "Nur wer gefragt wurde, kann antworten.",
    ),
    "fr": Words(
        "Êtes-vous satisfait de l’aide de {brand} ? 1 pas du tout, 5 tout à fait. Votre réponse n’est pas affichée.",
        "Recommanderiez-vous {brand} ? 0 pas du tout, 10 tout à fait.",
        "Avez-vous dû expliquer votre problème une nouvelle fois ?",
        "Oui",
        "Non",
        "Merci de votre réponse.",
        "Le délai de réponse est passé. Merci.",
        "Seule la personne interrogée peut répondre.",
    ),
    "es": Words(
        "¿Qué tan satisfecho está con la ayuda de {brand}? 1 es nada, 5 es mucho. Su respuesta no se muestra.",
        "¿Recomendaría {brand}? 0 es de ninguna manera, 10 es con toda seguridad.",
        "¿Tuvo que explicar su problema otra vez?",
        "Sí",
        "No",
        "Gracias por su respuesta.",
        "El plazo para responder ha terminado. Gracias.",
        "Solo puede responder la persona a quien se preguntó.",
    ),
    "pt": Words(
        "Está satisfeito com a ajuda da {brand}? 1 é nada, 5 é muito. A sua resposta não é mostrada.",
        "Recomendaria {brand}? 0 é de modo nenhum, 10 é com toda a certeza.",
        "Teve de explicar o seu problema outra vez?",
        "Sim",
        "Não",
        "Obrigado pela sua resposta.",
        "O prazo para responder terminou. Obrigado.",
        "Só pode responder a pessoa a quem foi perguntado.",
    ),
    "it": Words(
        "È soddisfatto dell’aiuto di {brand}? 1 è per niente, 5 è molto. La sua risposta non viene mostrata.",
        "Consiglierebbe {brand}? 0 è per niente, 10 è molto.",
        "Ha dovuto spiegare di nuovo il suo problema?",
        "Sì",
        "No",
        "Grazie per la sua risposta.",
        "Il tempo per rispondere è finito. Grazie.",
        "Può rispondere solo la persona a cui è stato chiesto.",
    ),
}


def words(lang: str, otherwise: str = "en") -> Words:
    """The words of a language such as ``de`` or ``de-AT``; else those of ``otherwise``, else English."""
    known = (WORDS.get(one.partition("-")[0].lower()) for one in (lang, otherwise))
    return next((found for found in known if found), WORDS["en"])


def question(step: str, said: Words, brand: str, key: str) -> dict[str, Any]:
    """One question as the body of a message: its text, and its buttons in rows; ``key`` is the survey's own."""
    if step == "again":
        rows = [[_button(said.yes, key, step, 1), _button(said.no, key, step, 0)]]
    else:
        least, most = SCALES[step]
        buttons = [_button(str(value), key, step, value) for value in range(least, most + 1)]
        rows = [buttons[start : start + _ROW] for start in range(0, len(buttons), _ROW)]
    return {"text": getattr(said, step).format(brand=brand), "buttons": rows}


def _button(label: str, key: str, step: str, value: int) -> dict[str, str]:
    # Telegram takes 64 bytes behind a button: https://core.telegram.org/bots/api#inlinekeyboardbutton
    return {"text": label, "data": f"{key}:{step}:{value}"}
