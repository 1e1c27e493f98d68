"""A linear layer says the same in every precision, and the quickest one is chosen."""

from __future__ import annotations

from typing import get_args

import pytest

from classifiers.linear import Precision, dtype_of, has_vnni, linear, quickest

NEAR: dict[Precision, float] = {"fp32": 1e-4, "bf16": 0.02, "int8": 0.02}
"""By how much of an answer's size it may be off."""


@pytest.mark.parametrize("gelu", [False, True])
@pytest.mark.parametrize("precision", get_args(Precision))
def test_it_says_what_torch_says(precision: Precision, gelu: bool) -> None:
    """In every precision, for any number of rows, also where a row is a thousand times larger or nothing but zeros."""
    import torch
    from torch.nn import functional

    if precision == "int8" and not has_vnni():
        pytest.skip("this processor has no VNNI")
    chance = torch.Generator().manual_seed(3)
    weight, bias = torch.randn(48, 32, generator=chance), torch.randn(48, generator=chance)
    rows = torch.randn(9, 32, generator=chance)
    rows[4] *= 1000
    rows[7] = 0
    layer = linear(weight, bias, precision, gelu)
    wanted = functional.linear(rows, weight, bias)
    wanted = functional.gelu(wanted) if gelu else wanted
    for some in (rows, rows[:1], rows[7:8]):
        found = layer(some.to(dtype_of(precision))).float()
        here = wanted[[int((rows == row).all(1).nonzero()) for row in some]]
        assert ((found - here).norm(dim=1) <= NEAR[precision] * here.norm(dim=1)).all()


@pytest.mark.skipif(not has_vnni(), reason="this processor has no VNNI")
def test_an_output_without_weights_is_its_bias() -> None:
    """Weights of nothing but zeros have no scale, and divide by nothing."""
    import torch

    layer = linear(torch.zeros(4, 8), torch.arange(4.0), "int8")
    assert layer(torch.randn(3, 8)).tolist() == [[0.0, 1.0, 2.0, 3.0]] * 3


@pytest.mark.parametrize(
    ("amx", "vnni", "chosen"), [(True, True, "bf16"), (False, True, "int8"), (False, False, "fp32")]
)
def test_the_quickest_is_chosen(monkeypatch: pytest.MonkeyPatch, amx: bool, vnni: bool, chosen: Precision) -> None:
    """bfloat16 needs matrix units: that a processor knows its instructions is not enough."""
    import torch

    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    monkeypatch.setattr(torch.cpu, "_is_vnni_supported", lambda: vnni)
    assert quickest() == chosen


def test_eight_bits_without_vnni_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older processors add their products in sixteen bits, which overflow: a wrong answer that nobody would see."""
    import torch

    monkeypatch.setattr(torch.cpu, "_is_vnni_supported", lambda: False)
    with pytest.raises(RuntimeError, match="overflow"):
        linear(torch.ones(4, 8), torch.zeros(4), "int8")


def test_a_torch_without_these_questions_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should torch no longer say what the processor has, float32 is right everywhere."""
    import torch

    monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported")
    monkeypatch.delattr(torch.cpu, "_is_vnni_supported")
    assert quickest() == "fp32"
