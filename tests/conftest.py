"""What every test may use."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["tests.counterparts.fixtures", "tests.stores"]

# A busy machine is slow; that is no fault of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
