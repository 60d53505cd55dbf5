"""How vectors are read and written: the types of blocks of lanes, and of numbers they share."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model

from proda.model.lanes.vector import WIDTH, block, block_of, load, number, numbers, store
from proda.model.lanes.vector_operations import DOUBLES, VECTOR

__all__: list[str] = []

LINE_BYTES = 64  # of the processor's cache


class _BlockType(types.Type):
    """Lanes of an array of some dimensions, of some of its lanes or of one that has no others."""

    def __init__(self, ndim: int, alone: bool) -> None:
        super().__init__(f"Block{WIDTH}({ndim}, {alone})")
        self.ndim = ndim
        self.alone = alone  # then the first stride is WIDTH


class _NumbersType(types.Type):
    """Elements of an array of some dimensions."""

    def __init__(self, ndim: int) -> None:
        super().__init__(f"Numbers({ndim})")
        self.ndim = ndim


@register_model(_BlockType)
class _BlockModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _members(kind.ndim - 1 - kind.alone))


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
            return signature(_BlockType(array.ndim, False), array, types.intp)
        return None


@infer_global(block_of)
class _OfBlockOf(_Typed):
    @staticmethod
    def typed(array: Any) -> Any:
        known = _is_array(array) and array.ndim in (2, 3)
        return signature(_BlockType(array.ndim, True), array) if known else None


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
    if getattr(kind, "alone", False):
        strides.insert(0, ir.Constant(ir.IntType(64), WIDTH))
    offset = steps[-1] if len(steps) > len(strides) else ir.Constant(ir.IntType(64), 0)
    for step, stride in zip(steps, strides, strict=False):
        offset = builder.add(offset, builder.mul(step, stride))
    return builder.gep(made.data, [offset])


def _vector_pointer(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    """Pointer to a vector, in a function whose own vectors do not straddle lines of the cache.

    What has no room in registers is kept on the stack, which is aligned to 16 bytes alone.
    """
    attributes = builder.function.attributes
    attributes.add("nounwind")  # as all compiled functions; llvmlite writes no alignment alone
    attributes.alignstack = LINE_BYTES
    pointer = _address(context, builder, kind.args[0], arguments[0], kind.args[1], arguments[1])
    return builder.bitcast(pointer, DOUBLES.as_pointer())


def _lower_made(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    data, strides = _pointer_and_strides(context, builder, kind.args[0], arguments[0])
    made = cgutils.create_struct_proxy(kind.return_type)(context, builder)
    made.data = builder.gep(data, arguments[1:]) if arguments[1:] else data
    made.strides = strides
    return made._getvalue()


lower_builtin(block, types.Array, types.intp)(_lower_made)
lower_builtin(numbers, types.Array)(_lower_made)


@lower_builtin(block_of, types.Array)
def _lower_block_of(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    values = context.make_array(kind.args[0])(context, builder, arguments[0])
    shape = cgutils.unpack_tuple(builder, values.shape)
    row = ir.Constant(shape[0].type, WIDTH)
    made = cgutils.create_struct_proxy(kind.return_type)(context, builder)
    made.data = values.data
    strides = [builder.mul(shape[1], row)] if len(shape) == 3 else []
    made.strides = cgutils.pack_array(builder, strides, row.type)
    return made._getvalue()


@lower_builtin(load, _BlockType, types.Any)
def _lower_load(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    return builder.load(_vector_pointer(context, builder, kind, arguments), align=8)


@lower_builtin(store, _BlockType, types.Any, VECTOR)
def _lower_store(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    builder.store(arguments[2], _vector_pointer(context, builder, kind, arguments), align=8)
    return context.get_dummy_value()


@lower_builtin(number, _NumbersType, types.Any)
def _lower_number(context: Any, builder: Any, kind: Any, arguments: Any) -> Any:
    return builder.load(
        _address(context, builder, kind.args[0], arguments[0], kind.args[1], arguments[1])
    )
