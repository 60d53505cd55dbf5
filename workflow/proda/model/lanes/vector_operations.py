"""How vectors are compiled: their type, and the instructions of every operation on them."""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, lower_cast, models, register_model

from proda.model.lanes.vector import (
    WIDTH,
    any_lane,
    exponent,
    fill,
    maximum,
    minimum,
    multiply_add,
    select,
    shift_exponent,
    significand,
)

__all__ = ["DOUBLES", "VECTOR"]

DOUBLES = ir.VectorType(ir.DoubleType(), WIDTH)
_WORDS = ir.VectorType(ir.IntType(64), WIDTH)
_BITS = ir.VectorType(ir.IntType(1), WIDTH)


class _VectorType(types.Type):
    """WIDTH doubles."""


class _MaskType(types.Type):
    """WIDTH truth values."""


VECTOR = _VectorType(f"Vector{WIDTH}")
MASK = _MaskType(f"VectorMask{WIDTH}")


@register_model(_VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, DOUBLES)


@register_model(_MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _BITS)


def _constant(word: int) -> ir.Constant:
    return ir.Constant(_WORDS, [word] * WIDTH)


def _broadcast(builder: Any, value: Any) -> Any:
    nothing = ir.Constant(DOUBLES, ir.Undefined)
    one = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, nothing, zeros)


@lower_cast(types.float64, VECTOR)
def _from_number(context: Any, builder: Any, source: Any, target: Any, value: Any) -> Any:
    return _broadcast(builder, value)


def _define(
    function: Callable[..., Any],
    kinds: tuple[types.Type, ...],
    result: types.Type,
    emit: Callable[..., Any],
) -> None:
    """Let compiled code call a function: ``emit`` builds its instructions from the arguments.

    A float in place of a vector becomes a vector of it.
    """

    def fits(given: types.Type, kind: types.Type) -> bool:
        return given == kind or (kind == VECTOR and given == types.float64)

    class Template(AbstractTemplate):
        key = function

        def generic(self, given: tuple[types.Type, ...], named: dict[str, types.Type]) -> Any:
            known = len(given) == len(kinds) and not named and all(map(fits, given, kinds))
            # What is done with floats alone is numba's own.
            if known and (VECTOR in given or MASK in given or function is fill):
                return signature(result, *kinds)
            return None

    infer_global(function)(Template)

    @lower_builtin(function, *kinds)
    def lower(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
        return emit(builder, *arguments)


def _compare(symbol: str) -> Callable[..., Any]:
    return lambda builder, a, b: builder.fcmp_ordered(symbol, a, b)


for _operator, _name in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(
        _operator,
        (VECTOR, VECTOR),
        VECTOR,
        lambda builder, a, b, name=_name: getattr(builder, name)(a, b),
    )
for _operator, _symbol in (
    (operator.lt, "<"),
    (operator.le, "<="),
    (operator.gt, ">"),
    (operator.ge, ">="),
    (operator.eq, "=="),
):
    _define(_operator, (VECTOR, VECTOR), MASK, _compare(_symbol))
_define(operator.neg, (VECTOR,), VECTOR, lambda builder, a: builder.fneg(a))
_define(operator.and_, (MASK, MASK), MASK, lambda builder, a, b: builder.and_(a, b))
_define(operator.or_, (MASK, MASK), MASK, lambda builder, a, b: builder.or_(a, b))
_define(operator.invert, (MASK,), MASK, lambda builder, a: builder.not_(a))


def _emit_absolute(builder: Any, values: Any) -> Any:
    word = builder.and_(builder.bitcast(values, _WORDS), _constant((1 << 63) - 1))
    return builder.bitcast(word, DOUBLES)


def _emit_multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    kind = ir.FunctionType(DOUBLES, [DOUBLES] * 3)
    fused = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{WIDTH}f64")
    return builder.call(fused, [a, b, c])


def _emit_any(builder: Any, mask: Any) -> Any:
    word = builder.bitcast(mask, ir.IntType(WIDTH))
    return builder.icmp_unsigned("!=", word, ir.Constant(word.type, 0))


def _emit_shift_exponent(builder: Any, values: Any, biased: Any) -> Any:
    # ROUNDING + k holds k in its lowest bits, in two's complement.
    word = builder.shl(builder.bitcast(biased, _WORDS), _constant(52))
    return builder.bitcast(builder.add(builder.bitcast(values, _WORDS), word), DOUBLES)


def _emit_exponent(builder: Any, values: Any) -> Any:
    # A whole number below 2**52 in the lowest bits of 2**52 makes their sum.
    word = builder.lshr(builder.bitcast(values, _WORDS), _constant(52))
    total = builder.bitcast(builder.or_(word, _constant(1075 << 52)), DOUBLES)
    return builder.fsub(total, ir.Constant(DOUBLES, [2.0**52 + 1023.0] * WIDTH))


def _emit_significand(builder: Any, values: Any) -> Any:
    word = builder.and_(builder.bitcast(values, _WORDS), _constant((1 << 52) - 1))
    return builder.bitcast(builder.or_(word, _constant(1023 << 52)), DOUBLES)


_define(fill, (VECTOR,), VECTOR, lambda builder, a: a)
_define(
    select,
    (MASK, VECTOR, VECTOR),
    VECTOR,
    lambda builder, mask, yes, no: builder.select(mask, yes, no),
)
_define(
    minimum,
    (VECTOR, VECTOR),
    VECTOR,
    lambda builder, a, b: builder.select(builder.fcmp_ordered("<", b, a), b, a),
)
_define(
    maximum,
    (VECTOR, VECTOR),
    VECTOR,
    lambda builder, a, b: builder.select(builder.fcmp_ordered(">", b, a), b, a),
)
_define(multiply_add, (VECTOR, VECTOR, VECTOR), VECTOR, _emit_multiply_add)
_define(abs, (VECTOR,), VECTOR, _emit_absolute)
_define(any_lane, (MASK,), types.boolean, _emit_any)
_define(shift_exponent, (VECTOR, VECTOR), VECTOR, _emit_shift_exponent)
_define(exponent, (VECTOR,), VECTOR, _emit_exponent)
_define(significand, (VECTOR,), VECTOR, _emit_significand)
