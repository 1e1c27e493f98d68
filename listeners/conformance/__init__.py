"""The conformance suite of listeners: what each promises, checked against a rig. See docs/add-a-channel.md.

In a package of your own, a test file with `from listeners.conformance import *` and a fixture ``rig`` runs it.
Without a file: `OVERHEARD_RIG=my_board.rig:BoardRig pytest -o asyncio_mode=auto --pyargs listeners.conformance`.
"""

from __future__ import annotations

import pytest

FILES = ("test_cursor", "test_faults", "test_posts")
pytest.register_assert_rewrite(*(f"listeners.conformance.{name}" for name in FILES))

from listeners.conformance import test_cursor, test_faults, test_posts  # noqa: E402
from listeners.conformance.test_cursor import *  # noqa: E402, F403
from listeners.conformance.test_faults import *  # noqa: E402, F403
from listeners.conformance.test_posts import *  # noqa: E402, F403

__all__ = sorted({*test_cursor.__all__, *test_faults.__all__, *test_posts.__all__})
