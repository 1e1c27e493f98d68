"""Posts a second against three `transformers` pipelines of RoBERTa-base size, on the same threads in the same run.

`python -m benchmarks.classify` reads the sample feed; ``--data`` takes any JSONL file, gzipped or not, with ``text``.
The rounds of all contenders are taken in turn, so that other load falls on all of them: the ratios are the claim. The
pipelines' weights are random, which costs what trained ones cost, and their tokenizer is that of our fast model, as
no RoBERTa tokenizer comes with this repository; both read a post up to 128 tokens.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from classifiers.base import Post
from classifiers.linear import quickest
from classifiers.panel import BrandHint, Panel
from classifiers.versions import ACCURATE, FAST, folders
from engine.thinking import load_classifiers
from models.assessment import LABELS, Head
from models.mention import Author, Mention
from models.settings.classifier import ClassifierSettings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[1] / "examples" / "mentions.jsonl"
RIVALS = (Head.INTENT, Head.SENTIMENT, Head.URGENCY)
RIVAL_BATCHES = (1, 8, 32)
BATCH, MAX_TOKENS = 64, 128
TURN = 1.0
"""Seconds that a contender gets a round."""
SINGLES = 40
"""Posts of which each is timed alone, a round."""

Work = Callable[[Sequence[Mention]], object]


@dataclass(slots=True)
class Contender:
    """``work`` takes a batch; a round each, ``speeds`` are posts a second and ``costs`` processor seconds a post.

    ``alone`` are the seconds of single posts.
    """

    name: str
    work: Work
    batch: int
    speeds: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)

    def turn(self, posts: Sequence[Mention], seconds: float, first: int = 0) -> None:
        """Batches in the order of arrival from the ``first`` post on, for about so long, one at least."""
        done, spent, began, busy = 0, 0.0, time.perf_counter(), time.process_time()
        while spent < seconds or not done:
            self.work([posts[(first + done + at) % len(posts)] for at in range(self.batch)])
            done, spent = done + self.batch, time.perf_counter() - began
        self.speeds.append(done / spent)
        self.costs.append((time.process_time() - busy) / done)

    def singles(self, posts: Sequence[Mention]) -> None:
        """Each post for itself."""
        for post in posts:
            began = time.perf_counter()
            self.work([post])
            self.alone.append(time.perf_counter() - began)


def rivals() -> Callable[[int], Work]:
    """Three pipelines, as a user would take them; of a batch size, what asks all three."""
    from transformers import RobertaConfig, RobertaForSequenceClassification, pipeline

    from classifiers import network

    tokenizer = network.load_tokenizer(FAST)
    pipes = []
    for head in RIVALS:
        shape = RobertaConfig(num_labels=len(LABELS[head]), max_position_embeddings=514, type_vocab_size=1)
        model = RobertaForSequenceClassification(shape).eval()
        pipes.append(pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None, device="cpu"))

    def of(batch: int) -> Work:
        def work(posts: Sequence[Mention]) -> object:
            texts = [post.text[:4000] or "." for post in posts]
            return [pipe(texts, batch_size=batch, truncation=True, max_length=MAX_TOKENS) for pipe in pipes]

        return work

    return of


def ours(settings: ClassifierSettings) -> tuple[Work, Work]:
    """The model alone, and the whole panel: language, danger and private data too."""
    classifiers, languages = load_classifiers(settings)
    panel = Panel(classifiers, languages, {"kestrelo": BrandHint("Kestrelo", "GB")})
    (model,) = classifiers
    return (
        lambda posts: model.classify([Post(post.text, post.brand, post.lang or "") for post in posts]),
        panel.assess,
    )


def read(file: Path, most: int) -> list[Mention]:
    """The posts of a file, spread over the whole of it if it has more."""
    data = file.read_bytes()
    lines = (gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    texts = [(row["text"], row.get("brand") or "kestrelo") for row in rows if row.get("text")]
    if not texts:
        raise SystemExit(f"{file} has no line with a text")
    chosen = texts[:: max(1, len(texts) // most)][:most]
    return [Mention("forum", str(at), Author(), text, EPOCH, brand=brand) for at, (text, brand) in enumerate(chosen)]


def modes(asked: argparse.Namespace) -> Iterator[ClassifierSettings]:
    """Those whose weights are there."""
    for mode in ("fast", "accurate", "cascade"):
        known = ClassifierSettings(
            mode=mode, weights=asked.weights, accurate=asked.accurate, threads=asked.threads, batch=BATCH
        )
        try:
            folders(known)
        except ValueError as error:
            print(f"left out: {error}", file=sys.stderr)
        else:
            yield known


def contenders(asked: argparse.Namespace) -> list[Contender]:
    """All of them, loaded and warm."""
    of = rivals()
    found = [Contender(f"three pipelines, batches of {size}", of(size), size) for size in RIVAL_BATCHES]
    for known in modes(asked):
        alone, whole = ours(known)
        found += [
            Contender(f"{known.mode}: model alone", alone, BATCH),
            Contender(f"{known.mode}: whole", whole, BATCH),
        ]
    return found


def footprint(kind: str, asked: argparse.Namespace) -> tuple[float, float]:
    """Seconds to load and megabytes held by a process that has only this one, after a batch."""
    command = [sys.executable, "-m", "benchmarks.classify", "--weigh", kind, "--threads", str(asked.threads)]
    for name in ("weights", "accurate", "data"):
        command += [f"--{name}", str(getattr(asked, name))] if getattr(asked, name) else []
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(said[-2]), float(said[-1])


def weigh(asked: argparse.Namespace) -> None:
    """What ``footprint`` asks of its own process."""
    posts, began = read(asked.data, 32), time.perf_counter()
    known = {one.mode: one for one in modes(asked)}
    work = rivals()(8) if asked.weigh == "pipelines" else ours(known[asked.weigh])[1]
    work(posts[:1])
    seconds = time.perf_counter() - began
    work(posts)
    # Not getrusage: a child's peak begins at what its parent held.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(f"{seconds:.1f} {int(peak.split()[1]) / 1024:.0f}")


def compare(asked: argparse.Namespace) -> None:
    """Runs the rounds and prints the table."""
    posts, found = read(asked.data, asked.posts), contenders(asked)
    for one in found:  # the first turn is slower, whoever it is
        one.turn(posts, 0.0)
        one.speeds.clear()
        one.costs.clear()
    for number in range(asked.rounds):
        for one in found:
            one.turn(posts, TURN, number * BATCH)
            if one.batch == 1 or "pipelines" not in one.name:
                one.singles(posts[number % 7 :: max(1, len(posts) // SINGLES)][:SINGLES])
    show(found, asked, posts)


def show(found: Sequence[Contender], asked: argparse.Namespace, posts: Sequence[Mention]) -> None:
    """A row a contender. A ratio is the median over rounds of that to the best pipelines of the same round.

    By processor time the cheapest round counts: on a busy machine that is nearest to what a quiet one shows.
    """
    import torch

    lengths = sorted(len(post.text) for post in posts)
    print(
        f"{len(posts)} posts of {asked.data.name}, {median(lengths):.0f} characters (median); "
        f"{torch.get_num_threads()} threads of {os.cpu_count()}, {quickest()}, "
        f"torch {torch.__version__}, load {os.getloadavg()[0]:.1f}; median of {asked.rounds} rounds\n"
    )
    pipes = [one for one in found if "pipelines" in one.name]
    best = [max(speeds) for speeds in zip(*(one.speeds for one in pipes), strict=True)]
    cheapest = min(cost for one in pipes for cost in one.costs)
    print("| | posts/s | × three pipelines | × by processor time | p50 ms | p99 ms | load s | RSS MB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    weighed: dict[str, tuple[float, float]] = {}
    for one in found:
        kind = "pipelines" if "pipelines" in one.name else one.name.partition(":")[0]
        if kind not in weighed:
            weighed[kind] = footprint(kind, asked)
        ratio = median(speed / rival for speed, rival in zip(one.speeds, best, strict=True))
        cheap = cheapest / min(one.costs)
        row = (one.name, f"{median(one.speeds):,.0f}", f"{ratio:.1f}", f"{cheap:.1f}")
        print(f"| {' | '.join(row)} | {_latency(one)} | {_weight(*weighed[kind])} |", flush=True)


def _latency(one: Contender) -> str:
    if not one.alone:
        return " | "
    cuts = quantiles([1000 * seconds for seconds in one.alone], n=100)
    return f"{cuts[49]:.1f} | {cuts[98]:.1f}"


def _weight(seconds: float, megabytes: float) -> str:
    return f"{seconds:.1f} | {megabytes:,.0f}"


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=EXAMPLES, help='JSON lines with "text", gzipped or not')
    options.add_argument("--posts", type=int, default=256, help="posts of it at most")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--threads", type=int, default=0, help="of the processor; 0 means all")
    options.add_argument("--weights", type=Path, help=f"the fast model; else {FAST.name}, as shipped")
    options.add_argument("--accurate", type=Path, help=f"the accurate model; else {ACCURATE.name}, as shipped")
    options.add_argument("--weigh", help=argparse.SUPPRESS)
    asked = options.parse_args()
    _prepare(asked.threads)
    weigh(asked) if asked.weigh else compare(asked)


def _prepare(threads: int) -> None:
    from transformers.utils import logging

    from classifiers import network

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    if threads:
        network.set_threads(threads)


if __name__ == "__main__":
    main()
