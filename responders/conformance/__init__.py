"""The conformance suite of responders: what each promises, checked against a rig. See docs/add-a-channel.md.

In a package of your own, a test file with `from responders.conformance import *` and a fixture ``rig`` runs it.
Without a file: `OVERHEARD_RIG=my_board.rig:BoardReplyRig pytest -o asyncio_mode=auto --pyargs responders.conformance`.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(*(f"responders.conformance.{name}" for name in ("test_faults", "test_sending")))

from responders.conformance import test_faults, test_sending  # noqa: E402
from responders.conformance.test_faults import *  # noqa: E402, F403
from responders.conformance.test_sending import *  # noqa: E402, F403

__all__ = sorted({*test_faults.__all__, *test_sending.__all__})
