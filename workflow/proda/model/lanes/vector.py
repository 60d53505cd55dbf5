"""One number per lane: the type of value in which the kernels over many columns are written.

A vector holds WIDTH doubles, which the compiler keeps in registers of the width that the processor
has: eight doubles in one (AVX-512), in two (AVX2) or in four (SSE2). Nothing depends on a compiler
that finds a loop to vectorise. Every operation is elementwise, rounded by the rules of IEEE and
never contracted or reordered, so that a lane has the same bits in any company and in registers of
any width; where a product and a sum are rounded once, ``multiply_add`` is written. There are
+ - * / and comparisons among vectors and floats, & | ~ among masks, and the functions below;
``vector_operations`` and ``vector_memory`` compile them. No operation goes across lanes but
``any_lane``, which may only decide whether something is computed that is then selected by lane.

Kernels read and write through a block, WIDTH lanes of an array: ``block`` makes one of any lanes,
``block_of`` one of an array that has no others. It is a pointer without a reference count, whose
atomic operations would interrupt the code where functions are inlined; the array itself must stay
in a variable of the outermost kernel.

Without compilation (NUMBA_DISABLE_JIT) a vector is a numpy array of WIDTH numbers and a block a
view of the array. Kernels write ``a = a + b``, never ``a += b``, which would change an array that
has a second name.
"""

from typing import TypeAlias

import numpy as np

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
    "block_of",
    "exponent",
    "fill",
    "load",
    "maximum",
    "minimum",
    "multiply_add",
    "number",
    "numbers",
    "select",
    "shift_exponent",
    "significand",
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


def block_of(array: FloatArray) -> Block:
    """The lanes of an array (rows, WIDTH), or (layers, rows, WIDTH) with indices (row, layer).

    All rows of a layer are at distances from one address that are known when a kernel is compiled.
    Computing, keeping and fetching the addresses of rows takes a fifth of the time of a solve
    otherwise.
    """
    return array if array.ndim == 2 else array.swapaxes(0, 1)


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


def multiply_add(a: Vector, b: Vector | float, c: Vector | float) -> Vector:
    """``a * b + c`` in every lane, rounded once (without compilation, in extended precision)."""
    return np.asarray(np.asarray(a, np.longdouble) * b + c, np.float64)


def any_lane(mask: VectorMask) -> bool:
    """Whether a mask is set in any lane."""
    return bool(mask.any())


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
