"""Takes the pictures of cards and forms in ``docs/images``. ``python -m docs.pictures`` needs Chromium and Pillow.

Pillow comes with matplotlib; Chromium is Debian's ``chromium-headless-shell``, or any that stands in ``CHROMIUM``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from docs.blockkit import page
from docs.scenes import scenes

FOLDER = Path(__file__).parent / "images"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
WIDE, HIGH, SHARP = 800, 1600, 2
MARGIN = 24


def main() -> None:
    """Write every picture."""
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not browser:
        sys.exit("no Chromium found; install chromium-headless-shell, or set CHROMIUM to the path of one")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, body in scenes().items():
            _shoot(browser, page(body), Path(folder))
            _tidy(Path(folder) / "shot.png", FOLDER / f"{name}.png")


def _shoot(browser: str, html: str, folder: Path) -> None:
    (folder / "page.html").write_text(html, "utf-8")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--force-device-scale-factor={SHARP}")
    target = (f"--screenshot={folder / 'shot.png'}", f"--window-size={WIDE},{HIGH}", f"--user-data-dir={folder / 'me'}")
    # The browser is the one that the person who starts this has chosen.
    subprocess.run(  # noqa: S603
        [browser, *flags, *target, str(folder / "page.html")], check=True, capture_output=True, timeout=900
    )


def _tidy(shot: Path, picture: Path) -> None:
    """Cut the empty rim off, and keep the colours that matter."""
    with Image.open(shot) as image:
        drawn = image.convert("RGB")
    box = ImageChops.difference(drawn, Image.new("RGB", drawn.size, "white")).getbbox() or (0, 0, *drawn.size)
    left, top, right, bottom = box
    rim = (max(0, left - MARGIN), max(0, top - MARGIN), min(drawn.width, right + MARGIN), bottom + MARGIN)
    drawn.crop(rim).quantize(128, method=Image.Quantize.MAXCOVERAGE).save(picture, optimize=True)


if __name__ == "__main__":
    main()
