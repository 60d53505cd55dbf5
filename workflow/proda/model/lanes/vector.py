"""One number per lane: the type of value in which the kernels over many columns are written.

A vector holds WIDTH doubles, which the compiler keeps in registers of the width that the processor
has: eight doubles in one (AVX-512), in two (AVX2) or in four (SSE2). Nothing depends on a compiler
that finds a loop to vectorise. Every operation is elementwise, rounded by the rules of IEEE and
never contracted or reordered, so that a lane has the same bits in any company and in registers of
any width. There are + - * / and comparisons among vectors and floats, & | ~ among masks, and the
functions below. No operation goes across lanes but ``any_lane``, which may only decide whether
something is computed that is then selected by lane.

Kernels read and write through a ``block``: the WIDTH lanes of an array from one on. It is a pointer
without a reference count, whose atomic operations would interrupt the code where functions are
inlined; the array itself must stay in a variable of the outermost kernel.

Without compilation (NUMBA_DISABLE_JIT) a vector is a numpy array of WIDTH numbers and a block a
view of the array. Kernels write ``a = a + b``, never ``a += b``, which would change an array that
has a second name.
"""

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, lower_cast, models, register_model

from proda.arrays import FloatArray, Mask

__all__ = [
    "ROUNDING",
    "WIDTH",
    "Block",
    "Numbers",
    "Vector",
    "VectorMask",
    "any_lane",
    "block",
    "exponent",
    "fill",
    "load",
    "maximum",
    "minimum",
    "number",
    "numbers",
    "select",
    "shift_exponent",
    "significand",
    "square_root",
    "store",
]

WIDTH = 8

ROUNDING = 1.5 * 2.0**52  # x + ROUNDING - ROUNDING is x rounded to a whole number

# What a type checker sees of them.
Vector: TypeAlias = FloatArray
VectorMask: TypeAlias = Mask
Block: TypeAlias = FloatArray
Numbers: TypeAlias = FloatArray
Index: TypeAlias = int | tuple[int, ...]


def block(array: FloatArray, first: int) -> Block:
    """The lanes from ``first`` on of an array with lanes on its last axis."""
    return array[..., first : first + WIDTH]


def load(lanes: Block, index: Index) -> Vector:
    """A vector from a block, by the index, or indices, of all axes but that of the lanes."""
    return lanes[index].copy()


def store(lanes: Block, index: Index, values: Vector | float) -> None:
    """Write a vector to a block, by the index, or indices, of all axes but that of the lanes."""
    lanes[index] = values


def numbers(array: FloatArray) -> Numbers:
    """An array whose elements are the same for all lanes."""
    return array


def number(values: Numbers, index: Index) -> float:
    """One of them, by the index, or indices, of all axes."""
    return float(values[index])


def fill(value: float) -> Vector:
    """The same number in all lanes."""
    return np.full(WIDTH, value)


def select(mask: VectorMask, yes: Vector | float, no: Vector | float) -> Vector:
    """``yes`` in the lanes of a mask, ``no`` in the others."""
    return np.where(mask, yes, no)


def minimum(a: Vector, b: Vector | float) -> Vector:
    """Python's ``min(a, b)`` in every lane: ``a`` where one of them is NaN."""
    return np.where(b < a, b, a)


def maximum(a: Vector, b: Vector | float) -> Vector:
    """Python's ``max(a, b)`` in every lane: ``a`` where one of them is NaN."""
    return np.where(b > a, b, a)


def any_lane(mask: VectorMask) -> bool:
    """Whether a mask is set in any lane."""
    return bool(mask.any())


def square_root(values: Vector) -> Vector:
    """Square root of every lane."""
    return np.sqrt(values)


def shift_exponent(values: Vector, biased: Vector) -> Vector:
    """Values times 2**k, where both are normal numbers and ``biased`` is k + ROUNDING.

    Anything where they are not.
    """
    with np.errstate(all="ignore"):
        return np.ldexp(values, np.nan_to_num(biased - ROUNDING).astype(np.int64))


def exponent(values: Vector) -> Vector:
    """Whole e with values = m 2**e and 1 <= m < 2, of normal positive numbers."""
    return np.frexp(values)[1] - 1.0


def significand(values: Vector) -> Vector:
    """Number m with values = m 2**e and 1 <= m < 2, of normal positive numbers."""
    return 2.0 * np.frexp(values)[0]


# --- types of the compiler ---------------------------------------------------------------------

_DOUBLES = ir.VectorType(ir.DoubleType(), WIDTH)
_WORDS = ir.VectorType(ir.IntType(64), WIDTH)
_BITS = ir.VectorType(ir.IntType(1), WIDTH)


class _VectorType(types.Type):
    """WIDTH doubles."""


class _BlockType(types.Type):
    """Lanes of an array of some dimensions."""

    def __init__(self, ndim: int) -> None:
        super().__init__(f"Block{WIDTH}({ndim})")
        self.ndim = ndim


class _NumbersType(types.Type):
    """Elements of an array of some dimensions."""

    def __init__(self, ndim: int) -> None:
        super().__init__(f"Numbers({ndim})")
        self.ndim = ndim


class _MaskType(types.Type):
    """WIDTH truth values."""


VECTOR = _VectorType(f"Vector{WIDTH}")
MASK = _MaskType(f"VectorMask{WIDTH}")


@register_model(_VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _DOUBLES)


@register_model(_MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _BITS)


@register_model(_BlockType)
class _BlockModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _members(kind.ndim - 1))


@register_model(_NumbersType)
class _NumbersModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _members(kind.ndim - 1))


def _members(strides: int) -> list[tuple[str, types.Type]]:
    """A pointer, and strides in elements of all axes but the last."""
    return [
        ("data", types.CPointer(types.float64)),
        ("strides", types.UniTuple(types.intp, strides)),
    ]


# --- operations --------------------------------------------------------------------------------


def _constant(word: int) -> ir.Constant:
    return ir.Constant(_WORDS, [word] * WIDTH)


def _broadcast(builder: Any, value: Any) -> Any:
    nothing = ir.Constant(_DOUBLES, ir.Undefined)
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
            # Operators on two floats are numba's own.
            if known and (VECTOR in given or MASK in given or len(kinds) == 1):
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


def _emit_any(builder: Any, mask: Any) -> Any:
    word = builder.bitcast(mask, ir.IntType(WIDTH))
    return builder.icmp_unsigned("!=", word, ir.Constant(word.type, 0))


def _emit_shift_exponent(builder: Any, values: Any, biased: Any) -> Any:
    # ROUNDING + k holds k in its lowest bits, in two's complement.
    word = builder.shl(builder.bitcast(biased, _WORDS), _constant(52))
    return builder.bitcast(builder.add(builder.bitcast(values, _WORDS), word), _DOUBLES)


def _emit_exponent(builder: Any, values: Any) -> Any:
    # A whole number below 2**52 in the lowest bits of 2**52 makes their sum.
    word = builder.lshr(builder.bitcast(values, _WORDS), _constant(52))
    total = builder.bitcast(builder.or_(word, _constant(1075 << 52)), _DOUBLES)
    return builder.fsub(total, ir.Constant(_DOUBLES, [2.0**52 + 1023.0] * WIDTH))


def _emit_significand(builder: Any, values: Any) -> Any:
    word = builder.and_(builder.bitcast(values, _WORDS), _constant((1 << 52) - 1))
    return builder.bitcast(builder.or_(word, _constant(1023 << 52)), _DOUBLES)


def _emit_square_root(builder: Any, values: Any) -> Any:
    name = f"llvm.sqrt.v{WIDTH}f64"
    kind = ir.FunctionType(_DOUBLES, [_DOUBLES])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [values])


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
_define(any_lane, (MASK,), types.boolean, _emit_any)
_define(square_root, (VECTOR,), VECTOR, _emit_square_root)
_define(shift_exponent, (VECTOR, VECTOR), VECTOR, _emit_shift_exponent)
_define(exponent, (VECTOR,), VECTOR, _emit_exponent)
_define(significand, (VECTOR,), VECTOR, _emit_significand)


# --- memory ------------------------------------------------------------------------------------


def _is_array(kind: types.Type) -> bool:
    return isinstance(kind, types.Array) and (kind.dtype, kind.layout) == (types.float64, "C")


def _kinds(index: types.Type) -> tuple[types.Type, ...]:
    return getattr(index, "types", (index,))


def _is_index(kind: types.Type, length: int) -> bool:
    kinds = _kinds(kind)
    return len(kinds) == length and all(isinstance(each, types.Integer) for each in kinds)


class _Typed(AbstractTemplate):
    """Calls of one of the functions below, by ``typed(*kinds of the arguments)``."""

    typed: Callable[..., Any]

    def generic(self, given: tuple[types.Type, ...], named: dict[str, types.Type]) -> Any:
        return None if named else type(self).typed(*given)


@infer_global(block)
class _OfBlock(_Typed):
    @staticmethod
    def typed(array: Any, first: types.Type) -> Any:
        if _is_array(array) and isinstance(first, types.Integer):
            return signature(_BlockType(array.ndim), array, types.intp)
        return None


@infer_global(numbers)
class _OfNumbers(_Typed):
    @staticmethod
    def typed(array: Any) -> Any:
        return signature(_NumbersType(array.ndim), array) if _is_array(array) else None


@infer_global(load)
class _OfLoad(_Typed):
    @staticmethod
    def typed(lanes: types.Type, index: types.Type) -> Any:
        known = isinstance(lanes, _BlockType) and _is_index(index, lanes.ndim - 1)
        return signature(VECTOR, lanes, index) if known else None


@infer_global(store)
class _OfStore(_Typed):
    @staticmethod
    def typed(lanes: types.Type, index: types.Type, values: types.Type) -> Any:
        known = isinstance(lanes, _BlockType) and _is_index(index, lanes.ndim - 1)
        if known and values in (VECTOR, types.float64):
            return signature(types.none, lanes, index, VECTOR)
        return None


@infer_global(number)
class _OfNumber(_Typed):
    @staticmethod
    def typed(values: types.Type, index: types.Type) -> Any:
        known = isinstance(values, _NumbersType) and _is_index(index, values.ndim)
        return signature(types.float64, values, index) if known else None


def _pointer_and_strides(context: Any, builder: Any, kind: Any, array: Any) -> tuple[Any, Any]:
    values = context.make_array(kind)(context, builder, array)
    shape = cgutils.unpack_tuple(builder, values.shape)
    strides: list[Any] = []
    stride = ir.Constant(shape[0].type, 1)
    for length in shape[:0:-1]:
        stride = builder.mul(stride, length)
        strides.insert(0, stride)
    return values.data, cgutils.pack_array(builder, strides, stride.type)


def _address(
    context: Any, builder: Any, kind: Any, values: Any, index_kind: Any, index: Any
) -> Any:
    """Pointer to what an index leads to."""
    made = cgutils.create_struct_proxy(kind)(context, builder, values)
    each = (
        [index] if isinstance(index_kind, types.Integer) else cgutils.unpack_tuple(builder, index)
    )
    elements = zip(each, _kinds(index_kind), strict=True)
    steps = [context.cast(builder, step, of, types.intp) for step, of in elements]
    strides = cgutils.unpack_tuple(builder, made.strides)
    offset = steps[-1] if len(steps) > len(strides) else ir.Constant(ir.IntType(64), 0)
    for step, stride in zip(steps, strides, strict=False):
        offset = builder.add(offset, builder.mul(step, stride))
    return builder.gep(made.data, [offset])


def _lower_made(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    data, strides = _pointer_and_strides(context, builder, kind.args[0], arguments[0])
    made = cgutils.create_struct_proxy(kind.return_type)(context, builder)
    made.data = builder.gep(data, arguments[1:]) if arguments[1:] else data
    made.strides = strides
    return made._getvalue()


lower_builtin(block, types.Array, types.intp)(_lower_made)
lower_builtin(numbers, types.Array)(_lower_made)


@lower_builtin(load, _BlockType, types.Any)
def _lower_load(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    pointer = _address(context, builder, kind.args[0], arguments[0], kind.args[1], arguments[1])
    return builder.load(builder.bitcast(pointer, _DOUBLES.as_pointer()), align=8)


@lower_builtin(store, _BlockType, types.Any, VECTOR)
def _lower_store(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    pointer = _address(context, builder, kind.args[0], arguments[0], kind.args[1], arguments[1])
    builder.store(arguments[2], builder.bitcast(pointer, _DOUBLES.as_pointer()), align=8)
    return context.get_dummy_value()


@lower_builtin(number, _NumbersType, types.Any)
def _lower_number(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    return builder.load(
        _address(context, builder, kind.args[0], arguments[0], kind.args[1], arguments[1])
    )
