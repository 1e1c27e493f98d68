"""Writes what was trained: an encoder in half precision, its heads, the tokeniser and the manifest beside them."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

from classifiers import compact, network
from classifiers.manifest import CHECKED, FILE, HEADS, Manifest, digest, read, stored
from classifiers.training.loop import Network
from models.assessment import LABELS, Head

log = logging.getLogger(__name__)

CHANGED = "The weights here were changed by the Overheard project: fine-tuned for triage and stored as float16."

LICENCES = ("LICENSE", "NOTICE")


def save(net: Network, base: Path, out: Path, manifest: Manifest, changed: str = CHANGED) -> Manifest:
    """Writes the weights folder ``out``; returns ``manifest`` with the checksums of its files.

    ``base`` is the folder that training began from: its licence and notice go with what was made of it, and
    ``changed``, which says by whom.
    """
    import torch

    out.mkdir(parents=True, exist_ok=True)
    half = network.load_encoder(base).to(torch.float16)
    half.load_state_dict(net.encoder.state_dict())
    with network.without_bars():
        half.save_pretrained(out)
    net.tokenizer.save_pretrained(out)
    network.save_heads(net.layer, out / HEADS)
    for name in CHECKED:
        (out / name).chmod(0o644)
    _licences(base, out, changed)
    return seal(out, manifest)


def seal(out: Path, manifest: Manifest) -> Manifest:
    """Writes the manifest with the checksums of the files as they are now."""
    sealed = manifest.model_copy(update={"sha256": {name: digest(out / name) for name in stored(out)}})
    (out / FILE).write_text(sealed.model_dump_json(indent=1) + "\n", encoding="utf-8")
    log.info("written: %s", sealed.version)
    return sealed


def shrink(folder: Path, out: Path) -> Manifest:
    """The weights in ``folder`` again in ``out``, their encoder in int8: for files that a repository can bear."""
    compact.save(network.load_encoder(folder), out)
    for name in (HEADS, "tokenizer.json", "tokenizer_config.json", *LICENCES):
        if (folder / name).exists():
            shutil.copyfile(folder / name, out / name)
    return seal(out, read(folder))


def plain(name: str, languages: tuple[str, ...], full: tuple[str, ...], max_len: int, tail: int = 0) -> Manifest:
    """A manifest before calibration."""
    warm: Mapping[Head, float] = dict.fromkeys(LABELS, 1.0)
    return Manifest(
        name=name, labels=dict(LABELS), temperatures=dict(warm), languages=languages, full_languages=full,
        max_len=max_len, tail=tail, sha256={},
    )  # fmt: skip


def _licences(base: Path, out: Path, changed: str) -> None:
    """The base's licence goes with its weights, and a word that they were changed."""
    if base == out:
        return
    if (base / "LICENSE").exists():
        shutil.copyfile(base / "LICENSE", out / "LICENSE")
    if (base / "NOTICE").exists():
        notice = (base / "NOTICE").read_text(encoding="utf-8").rstrip()
        if changed not in notice:
            notice = f"{notice}\n\n{changed} See README.md."
        (out / "NOTICE").write_text(f"{notice}\n", encoding="utf-8")
