"""How well a measure tells copies of one post from two people's own: which measure, and where its thresholds stand.

``python -m benchmarks.alike`` makes up pile-ons (one text, as people pass it on), look-alikes (one wording, other
numbers, places or names) and strangers (other complaints), and prints for each measure what it finds. Invented posts
only, the same for the same seed.
"""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence

from rapidfuzz import fuzz

from models.alike import Matter, likeness, matter, said

SEED = 7
TEXTS = (
    "Kestrelo has cut the night line again and tells nobody. Shame on you, bring it back!",
    "So Kestrelo now charges for paper bills. I have been a customer for years and this is how they treat us.",
    "The new Kestrelo app is a step back: it forgets my login and hides the timetable. Who tests this?",
    "Kestrelo hat schon wieder die Preise erhöht und keiner sagt einem etwas. So verliert man Kunden!",
    "Kestrelo vient de fermer toutes ses boutiques sans prévenir personne, c'est une honte pour les clients",
    "Otra vez sin señal de Kestrelo y nadie contesta al teléfono, estamos hartos de pagar por nada",
    "Everyone should know that Kestrelo sells the numbers of its customers to advertisers. Pass it on.",
    "If you use Kestrelo, check your bill today, they have put an insurance on it that nobody ordered",
)
FORMS = (
    "My Kestrelo order {number} has not come for two weeks, where is it",
    "Kestrelo took {amount} twice from my account and nobody answers me",
    "Kestrelo has been down in {place} since noon and nobody knows why",
    "The Kestrelo technician {name} did not come and I waited all day long",
    "kestrelo flight {number} was cancelled and we sleep at the airport now",
    "Bei Kestrelo in {place} geht seit heute morgen gar nichts mehr, kein Internet, kein Telefon",
)
FILL: dict[str, Callable[[random.Random], str]] = {
    "number": lambda chance: str(chance.randrange(10_000, 99_999)),
    "amount": lambda chance: f"{chance.randrange(5, 400)}.{chance.randrange(10, 99)}",
    "place": lambda chance: chance.choice(("Leeds", "York", "Bath", "Ulm", "Kiel", "Trier", "Vigo", "Nantes")),
    "name": lambda chance: chance.choice(("Meier", "Novak", "Silva", "Brandt", "Okafor", "Lind")),
}
OPENINGS = ("Please share:", "THIS.", "So true:", "Unbelievable!", "Copied from a friend:")
TAGS = ("#KestreloFail", "#kestrelo #fail", "😡😡", "!!!", "https://t.example/x1", "@kestrelo", "pls RT")


def variant(text: str, chance: random.Random) -> str:
    """The text as somebody passes it on: typing errors, additions, shouting, a lost end."""
    said = text
    for _ in range(chance.randrange(3)):
        said = _mistype(said, chance)
    if chance.random() < 0.5:
        said = f"{said} {chance.choice(TAGS)}"
    if chance.random() < 0.2:
        said = f"{chance.choice(OPENINGS)} {said}"
    if chance.random() < 0.1:
        said = said.upper()
    if chance.random() < 0.1:
        said = re.split(r"(?<=[.!?:]) ", said)[0] if len(said) > 120 else said
    return said


def _mistype(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) - 1)
    kind = chance.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind == 1 else text[:at] + text[at] + text[at:]


def _filled(form: str, chance: random.Random) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: FILL[found[1]](chance), form)


def pairs(chance: random.Random, each: int = 60) -> Iterator[tuple[str, str, str]]:
    """What two posts are to one another, and the posts."""
    for text in TEXTS:
        for _ in range(each):
            yield "copies", text, variant(text, chance)
    for form in FORMS:
        for _ in range(each):
            one, other = _filled(form, chance), _filled(form, chance)
            if one != other:
                yield "look-alikes", one, other
    for one, other in itertools.permutations((*TEXTS, *(_filled(form, chance) for form in FORMS)), 2):
        yield "strangers", variant(one, chance), variant(other, chance)


def signs(size: int) -> Callable[[str, str], float]:
    """Jaccard of so many signs in a row."""

    def measure(one: str, other: str) -> float:
        ours, theirs = ({text[at : at + size] for at in range(max(1, len(text) - size + 1))} for text in (one, other))
        return len(ours & theirs) / len(ours | theirs)

    return measure


def words(one: str, other: str) -> float:
    """Jaccard of pairs of neighbouring words."""
    ours, theirs = (set(itertools.pairwise(["", *text.split(), ""])) for text in (one, other))
    return len(ours & theirs) / len(ours | theirs)


MEASURES: dict[str, Callable[[str, str], float]] = {
    "3 signs, Jaccard": signs(3),
    "4 signs, Jaccard": signs(4),
    "5 signs, Jaccard": signs(5),
    "2 words, Jaccard": words,
    "edit distance": lambda one, other: fuzz.ratio(one, other) / 100,
    "token set": lambda one, other: fuzz.token_set_ratio(one, other) / 100,
}


def main() -> None:
    """Print the table."""
    found = list(pairs(random.Random(SEED)))
    bare = [(kind, " ".join(said(one).words), " ".join(said(other).words)) for kind, one, other in found]
    print(f"{len(found)} pairs; copies kept together, others joined, by threshold; µs a pair")
    for name, measure in MEASURES.items():
        began = time.perf_counter()
        scores = [(kind, measure(one, other)) for kind, one, other in bare]
        took = (time.perf_counter() - began) / len(scores) * 1e6
        line = "  ".join(f"{at:.2f}: {_shares(scores, at)}" for at in (0.55, 0.65, 0.70, 0.75, 0.80))
        print(f"{name:<18} {took:5.1f} µs  {line}")
    print("with what differs looked at word by word (models.alike.matter)")
    sure = [matter(said(one), said(other)) for _, one, other in found]
    ours = [likeness(said(one), said(other)) for _, one, other in found]
    for at in (0.55, 0.65, 0.70, 0.75, 0.80):
        scored = [
            (kind, score if what is Matter.SAME else 0.0)
            for (kind, *_), score, what in zip(found, ours, sure, strict=True)
        ]
        print(f"edit distance, {at:.2f}: {_shares(scored, at)}")


def _shares(scores: Sequence[tuple[str, float]], at: float) -> str:
    def share(kind: str) -> float:
        own = [score >= at for what, score in scores if what == kind]
        return sum(own) / len(own)

    return f"{share('copies'):4.0%}/{share('look-alikes'):4.0%}/{share('strangers'):4.0%}"


if __name__ == "__main__":
    main()
