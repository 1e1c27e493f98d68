"""A linear layer for serving, in one of three precisions: whichever the processor multiplies quickest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import torch

Precision = Literal["int8", "bf16", "fp32"]
Linear = Callable[["torch.Tensor"], "torch.Tensor"]
"""(tokens, out) of (tokens, in)."""

MIDDLE = 128
"""What stands for zero in the eight bits without a sign that oneDNN takes; the steps go ``STEPS`` up and down."""
STEPS = 127
LEAST = 1e-12
"""No output has a scale of a smaller weight than this: one without weights would divide by nothing."""


def quickest() -> Precision:
    """What this processor multiplies quickest: bfloat16 in matrix units, eight bits in VNNI, else float32.

    Without matrix units bfloat16 is no gain: on such a Xeon it was half as fast as float32, int8 four times as fast.
    """
    if has_matrix_units():
        return "bf16"
    return "int8" if has_vnni() else "fp32"


def has_matrix_units() -> bool:
    """Whether the processor has AMX, and with it bfloat16 that is quicker than float32."""
    import torch

    check = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return check is not None and bool(check())


def has_vnni() -> bool:
    """Whether the processor adds products of eight bits in 32: older ones do it in 16, which overflow."""
    import torch

    check = getattr(torch.cpu, "_is_vnni_supported", None)
    return check is not None and bool(check()) and hasattr(torch.ops.onednn, "qlinear_pointwise")


def dtype_of(precision: Precision) -> torch.dtype:
    """In what numbers a token travels between the layers."""
    import torch

    return torch.bfloat16 if precision == "bf16" else torch.float32


def linear(weight: torch.Tensor, bias: torch.Tensor, precision: Precision, gelu: bool = False) -> Linear:
    """``bias + input @ weight.T``, then ``gelu`` if asked for; raises ``RuntimeError`` where torch cannot do it."""
    import torch

    if precision == "int8":
        return _int8(weight.detach().float(), bias.detach().float(), gelu)
    weight, bias = (one.detach().to(dtype_of(precision)) for one in (weight, bias))
    if hasattr(torch.ops.mkldnn, "_linear_pointwise") and torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return _laid(weight, bias, gelu)
    return _plain(weight, bias, gelu)


def _plain(weight: torch.Tensor, bias: torch.Tensor, gelu: bool) -> Linear:
    from torch.nn import functional

    if gelu:
        return lambda rows: functional.gelu(functional.linear(rows, weight, bias))
    return lambda rows: functional.linear(rows, weight, bias)


def _laid(weight: torch.Tensor, bias: torch.Tensor, gelu: bool) -> Linear:
    """What torch's own compiler emits: the weight is laid out for the processor once, not at every call."""
    import torch

    kernels: Any = torch.ops.mkldnn
    laid = kernels._reorder_linear_weight(weight, None)
    name, algorithm = ("gelu", "none") if gelu else ("none", "")
    return lambda rows: kernels._linear_pointwise(rows, laid, bias, name, [], algorithm)


def _int8(weight: torch.Tensor, bias: torch.Tensor, gelu: bool) -> Linear:
    """Eight bits times eight bits, by the kernel that torch's own compiler calls.

    Each output has a scale of its own and so has each token, found as it comes: a few large numbers then spoil one
    token and not the batch, and a post's answer does not hang on its neighbours (Yao et al. 2022, "ZeroQuant").
    """
    import torch

    if not has_vnni():
        raise RuntimeError("this processor cannot add products of eight bits without overflow")
    kernels: Any = torch.ops.onednn
    step = weight.abs().amax(1).clamp_(min=LEAST) / STEPS
    laid = kernels.qlinear_prepack((weight / step[:, None]).round().to(torch.int8), None)
    scale, zeros, half = step / STEPS, torch.zeros(len(weight), dtype=torch.int32), torch.tensor(MIDDLE + 0.5)

    def forward(rows: torch.Tensor) -> torch.Tensor:
        top = rows.abs().amax(1, keepdim=True)
        # A row of zeros becomes anything here, and zeros again below.
        eight = torch.addcmul(half, rows, top.reciprocal(), value=STEPS).to(torch.uint8)
        found = kernels.qlinear_pointwise(
            eight, 1.0, MIDDLE, laid, scale, zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        torch.addcmul(bias, found, top, out=found)
        return torch.ops.aten.gelu_(found) if gelu else found  # type: ignore[no-any-return]

    return forward
