"""The commands of the lead: label posts, see how good that is, choose thresholds, correct, and look back."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.commands.common import OWN, Config, load, now_utc, open_store, path_of, readers_choice

Out = Annotated[Path | None, typer.Option(file_okay=False, help="A folder for the numbers and the picture.")]
Posts = typer.Argument(help="Labelled posts (docs/tuning.md); - is stdin.")
Label = Annotated[str | None, typer.Option(help="What it should be; docs/labels.md defines the labels.")]


def classify(
    config: Config = None,
    batch: Annotated[int, typer.Option(min=1, max=4096, help="Posts a pass through the model.")] = 64,
    threads: Annotated[int, typer.Option(min=0, help="Processor threads; 0 means all.")] = 0,
) -> None:
    """Label posts: JSON lines with "text" (and "id", "brand", "lang"), or plain lines, on stdin; JSON on stdout."""
    from classifiers.panel import Panel
    from classifiers.stream import classify_lines, progress
    from engine.thinking import load_classifiers
    from models.settings.classifier import ClassifierSettings

    known = load(config).settings.classifier if path_of(config).exists() else ClassifierSettings()
    heads, languages = load_classifiers(known.model_copy(update={"batch": batch, "threads": threads}))
    with readers_choice():
        for row in progress(classify_lines(sys.stdin.buffer, Panel(heads, languages, {}), batch)):
            print(json.dumps(row))


def replay(
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="Mentions, one JSON object a line; else the stored history."),
    ] = None,
    config: Config = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="So many days of the history.")] = 30,
    examples: Annotated[int, typer.Option(min=0, max=1000, help="The latest posts shown of each change.")] = 5,
    in_force: Annotated[
        Path | None,
        typer.Option(help="The configuration in force, whose database is read; config.toml, or else --config itself."),
    ] = None,
    reclassify: Annotated[
        bool, typer.Option("--reclassify", help="Have the model judge the history's posts again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, not tables.")] = False,
) -> None:
    """Say what --config would decide about a file, or change in the stored history; nothing is stored or sent."""
    loaded = load(config, plugins=True)
    if file:
        from engine.replay import replay as outcomes
        from engine.thinking import Thinking

        with readers_choice():
            for row in outcomes(loaded, file, Thinking().panel(loaded.settings), now_utc()):
                print(json.dumps(row))
        return
    from engine.history import Asked
    from engine.history import replay as compare

    known = in_force or (OWN if OWN.exists() else None)
    with open_store(known or config, read_only=True) as store, readers_choice():
        compare(store, loaded, load(known) if known else None, Asked(days, examples, reclassify, as_json), now_utc())


def evaluate(
    file: Annotated[Path, Posts],
    config: Config = None,
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print report.json, not tables.")] = False,
) -> None:
    """Say how good the labels are on posts that people labelled, and show the worst mistakes."""
    from engine.evaluate import evaluate as report

    settings = load(config).settings
    with readers_choice():
        code = report(settings, file, out, as_json)
    raise typer.Exit(code)


def tune(
    file: Annotated[Path | None, Posts] = None,
    config: Config = None,
    missed: Annotated[float, typer.Option(help="What it costs that nobody looked where somebody had to.")] = 20,
    needless: Annotated[float, typer.Option(help="What it costs that somebody looked for nothing.")] = 1,
    per_day: Annotated[float, typer.Option(min=0, help="Posts heard a day; else by the posts' own times.")] = 0,
    only: Annotated[str, typer.Option("--only", "--head", help="Thresholds, such as urgent,churn; else all.")] = "",
    brand: Annotated[str, typer.Option(help="Only this brand's posts, for its own thresholds.")] = "",
    channel: Annotated[str, typer.Option(help="Only this channel's posts, for its own thresholds.")] = "",
    corrections: Annotated[bool, typer.Option("--corrections", help="Also learn from agents' corrections.")] = False,
    out: Out = None,
) -> None:
    """Say what each threshold would find, miss and cost on labelled posts, and print the lines to paste."""
    from engine.tune import Wishes, corrected
    from engine.tune import tune as advise

    wishes = Wishes(missed, needless, per_day, only, brand, channel, out)
    posts = None
    if corrections:
        with open_store(config) as store:
            posts = store.do(corrected)
    with readers_choice():
        code = advise(load(config).settings, file, posts, wishes)
    raise typer.Exit(code)


def train(
    file: Annotated[Path | None, Posts] = None,
    corrections: Annotated[bool, typer.Option("--corrections", help="Also train on agents' corrections.")] = False,
    config: Config = None,
    epochs: Annotated[int, typer.Option(min=1, max=50, help="How often the posts are read.")] = 3,
    keep: Annotated[float, typer.Option(help="The share of posts kept apart, to compare old and new by.")] = 0.2,
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="The folder of versions; else weights/ beside --config.")
    ] = None,
    base: Annotated[Path | None, typer.Option(help="The weights to begin from; else those in force.")] = None,
    adopt: Annotated[bool, typer.Option("--adopt/--no-adopt", help="Put it in force if it is no worse.")] = True,
    threads: Annotated[int, typer.Option(min=0, help="Processor threads; 0 means all.")] = 0,
) -> None:
    """Train the model on your own posts: a new version beside the old one, adopted only if it is no worse."""
    from engine.train import Wishes, corrected
    from engine.train import train as retrain

    loaded, said = load(config, plugins=True), shlex.join(["python", "bot.py", *sys.argv[1:]])
    wishes, found = Wishes(epochs, keep, out, base, adopt, threads, said), None
    if corrections:
        with open_store(config) as store:
            found = store.do(corrected, loaded.settings.corrections.also_train_on)
    with readers_choice():
        code = retrain(loaded, file, found, wishes, now_utc().date())
    raise typer.Exit(code)


def correct(
    which: Annotated[str, typer.Argument(help="The code of a case, for its first post, or the id of a post.")],
    intent: Label = None,
    sentiment: Label = None,
    urgency: Label = None,
    sensitive: Label = None,
    churn: Label = None,
    needed: Annotated[bool | None, typer.Option("--needed/--not-needed", help="Did a person need to see it?")] = None,
    by: Annotated[str, typer.Option("--by", help="Who says so.")] = "command line",
    config: Config = None,
) -> None:
    """Say what the model should have said of a post, and whether a person needed to see it."""
    from engine.correct import correct as keep

    with open_store(config) as store:
        print(store.do(keep, which, (intent, sentiment, urgency, sensitive, churn), needed, by, now_utc()))


COMMANDS = (classify, replay, evaluate, tune, train, correct)
