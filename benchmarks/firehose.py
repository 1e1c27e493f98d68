"""How many posts of the whole Bluesky network one core can look through for 1,000 terms.

`python -m benchmarks.firehose [--terms 1000] [--frames 20000] [--rounds 5]`

The frames are invented, in the shape, the length and the mix of languages of the real stream: none is a person's. One
in a thousand names a brand, one in twelve is a deletion. Each way of looking is timed by the processor's time, in turn,
round by round, so that other load falls on all.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import string
import time
from collections.abc import Callable, Iterator, Sequence

from listeners.bluesky.firehose import Sieve
from listeners.bluesky.wire import DELETED, read_event
from listeners.matching.matcher import Matcher
from models.fold import fold
from models.settings.sections import Brand

PEAK_POSTS, ALL_EVENTS = 36.0, 2000.0
"""A second: Bluesky's posts at their peak (130,000 in an hour, 2026-03), and all its events (2024-11)."""
BASE32 = string.ascii_lowercase + "234567"
WORDS = {
    "en": "the a my phone train still again why late nobody answers thanks love this day rain coffee new album season "
    "match I you we they can't won't it's really honestly please help today tomorrow never always people work",
    "pt": "não é você hoje ontem então também três está até amanhã café coração já só avó obrigado ninguém responde "
    "muito bom dia gente que saudade semana encomenda atraso política educação",
    "ja": "今日 電車 遅れ 荷物 届かない 仕事 ありがとう おはよう ガッカリ 猫 かわいい ラーメン 雨 明日 週末 ゲーム "
    "アニメ 新刊 楽しみ",
    "de": "der die das heute schön grüße straße müde später wieder keiner meldet sich danke für nächste Woche Zug",
}
SHARES = (("en", 0.55), ("pt", 0.15), ("ja", 0.2), ("de", 0.1))
SIGNS = ("😀", "😭", "❤️", "’", "…", "🔥", "")


def name_of(number: int, chance: random.Random) -> str:
    """A brand that nobody has."""
    syllables = ("kes", "tre", "lo", "var", "mun", "dai", "zor", "pli", "qua", "ben", "sto", "rix")
    return "".join(chance.choice(syllables) for _ in range(3)) + str(number % 10) * (number % 3 == 0)


def made_up(count: int, names: Sequence[str], chance: random.Random) -> Iterator[bytes]:
    """Frames of the stream (v2)."""

    def signs(length: int) -> str:
        return "".join(chance.choices(BASE32, k=length))

    for number in range(count):
        lang = chance.choices([lang for lang, _ in SHARES], [share for _, share in SHARES])[0]
        words = chance.choices(WORDS[lang].split(), k=max(2, int(chance.lognormvariate(2.6, 0.8))))
        if chance.random() < 0.001:
            words.insert(chance.randrange(len(words)), chance.choice(names))
        text = ("" if lang == "ja" else " ").join(words)[:280] + chance.choice(SIGNS)
        did = f"did:plc:{signs(24)}"
        record = {"$type": "app.bsky.feed.post", "createdAt": "2026-11-22T09:00:00.123Z", "langs": [lang], "text": text}
        if chance.random() < 0.45:
            parent, root = ({"cid": f"bafyrei{signs(52)}", "uri": f"at://did:plc:{signs(24)}/app.bsky.feed.post/3l{signs(11)}"}
                            for _ in range(2))  # fmt: skip
            record["reply"] = {"parent": parent, "root": root}
        if chance.random() < 0.3:
            thumb = {"$type": "blob", "ref": {"$link": f"bafkrei{signs(52)}"}, "mimeType": "image/jpeg", "size": 98765}
            image = {"alt": " ".join(words[:6]), "aspectRatio": {"height": 900, "width": 1200}, "image": thumb}
            record["embed"] = {"$type": "app.bsky.embed.images", "images": [image]}
        body = {"$type": "network.bsky.jetstream.subscribeEvents#commit", "seq": 10**10 + number, "did": did}
        body |= {"time": "2026-11-22T09:00:00.123456Z", "rev": f"3l{signs(11)}", "collection": "app.bsky.feed.post"}
        deleted = chance.random() < 1 / 12
        body |= {"operation": "delete" if deleted else "create", "rkey": f"3l{signs(11)}"}
        body |= {} if deleted else {"cid": f"bafyrei{signs(52)}", "record": record}
        frame = {"$type": "message", "payload": body}
        yield json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()


def ways(names: Sequence[str]) -> dict[str, Callable[[bytes], bool]]:
    """Ways of looking, by name; each says whether the frame names a brand."""
    matcher = Matcher.of(Brand(name="All", terms=list(names)))
    sieve = Sieve(matcher.literals(), [DELETED])
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(fold(name))}(?!\w)" for name in names))

    def text_of(frame: bytes) -> str:
        event = read_event(frame)
        return str((event.record or {}).get("text", "")) if event else ""

    return {
        "first pass alone": sieve,
        "first pass, then the brands' own matcher": lambda frame: sieve(frame) and bool(matcher.find(text_of(frame))),
        "every frame read, then Aho-Corasick": lambda frame: bool(matcher.find(text_of(frame))),
        "every frame read, then plain re": lambda frame: bool(pattern.search(fold(text_of(frame)))),
    }


def rate(look: Callable[[bytes], bool], frames: Sequence[bytes]) -> tuple[float, int]:
    """Frames in a second of the processor's time, and how many named a brand."""
    began = time.process_time()
    found = sum(map(bool, map(look, frames)))
    return len(frames) / max(time.process_time() - began, 1e-9), found


def main() -> None:
    """Print a table: the median of the rounds."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--terms", type=int, default=1000)
    options.add_argument("--frames", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    chance = random.Random(7)
    names = sorted({name_of(number, chance) for number in range(3 * asked.terms)})[: asked.terms]
    frames = list(made_up(asked.frames, names, chance))
    looks, rates = ways(names), {}
    for _ in range(asked.rounds):
        for name, look in looks.items():
            # Plain re is so slow that a part must do.
            some = frames[: max(200, len(frames) // 50)] if name.endswith("re") else frames
            rates.setdefault(name, []).append(rate(look, some))
    plain = statistics.median(speed for speed, _ in rates["every frame read, then plain re"])
    size = statistics.mean(map(len, frames))
    print(f"{len(names)} terms, {len(frames)} frames of {size:.0f} bytes on average, {asked.rounds} rounds\n")
    print("| way | frames/s and core | least | most | × Bluesky's peak | × all its events | × plain re | finds |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, measured in rates.items():
        speeds = [speed for speed, _ in measured]
        middle = statistics.median(speeds)
        row = (middle, min(speeds), max(speeds), middle / PEAK_POSTS, middle / ALL_EVENTS)
        print(f"| {name} | {' | '.join(f'{value:,.0f}' for value in row)} | {middle / plain:,.0f} | {measured[0][1]} |")


if __name__ == "__main__":
    main()
