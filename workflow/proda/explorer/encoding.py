"""Numbers of the page: integers of a stated error, compressed, as text.

A page has many times more numbers than a reader will look at, so that few digits are kept. Numbers
that are not negative are kept on a logarithmic scale, with a relative error of at most
RELATIVE_ERROR; others on a linear scale, with an absolute error of at most half a step. Which of
the two, and the error, stand beside each array in the page.

The integers are stored byte by byte of their place value, first all lowest bytes, then the next,
because equal bytes beside each other compress well; then deflated (RFC 1950) and written in base64,
which a browser reads by itself.
"""

import base64
import json
import math
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray
from proda.errors import InputError

__all__ = [
    "RELATIVE_ERROR",
    "Block",
    "decode",
    "encode_codes",
    "encode_linear",
    "encode_relative",
    "encode_texts",
]

RELATIVE_ERROR = 1e-3
"""Largest relative error of numbers on the logarithmic scale."""

STEP = 2 * math.log1p(RELATIVE_ERROR)
MISSING, ZERO, FIRST = 0, 1, 2  # codes; those of values begin with FIRST
COMPRESSION = 6


@dataclass(frozen=True)
class Block:
    """An array, or a list of texts, as it stands in the page.

    Attributes
    ----------
    text
        The compressed numbers in base64.
    about
        How to read them: ``kind`` (relative, linear, codes or texts), ``bytes`` of an integer,
        ``rows``, and ``low`` with ``step``, the smallest value and the distance of two codes.
    error
        Largest error: relative for the kind relative, else absolute.
    """

    text: str
    about: dict[str, Any]
    error: float


def encode_relative(values: npt.ArrayLike) -> Block:
    """Encode numbers >= 0 with a relative error of at most RELATIVE_ERROR; NaN is kept.

    Parameters
    ----------
    values
        (rows, places) or (places,). Numbers below the largest by more than 56 powers of ten become
        0.

    Raises
    ------
    InputError
        For a negative number.
    """
    values = np.atleast_2d(np.asarray(values, dtype=np.float64))
    known = np.isfinite(values)
    if (values[known] < 0).any():
        raise InputError("values", "numbers >= 0", f"{values[known].min():g}")
    codes = np.full(values.shape, MISSING, dtype=np.uint16)
    codes[known] = ZERO
    largest = values[known].max(initial=0.0)
    low = 1.0
    if largest > 0:
        smallest = largest * math.exp(-STEP * (2**16 - 1 - FIRST))
        shown = known & (values >= max(smallest, np.finfo(float).tiny))
        low = float(values[shown].min())
        codes[shown] = FIRST + np.rint(np.log(values[shown] / low) / STEP).astype(np.uint16)
    about = {"kind": "relative", "low": low, "step": STEP}
    return _block(codes, about, RELATIVE_ERROR)


def encode_linear(values: npt.ArrayLike, n_bytes: int = 2) -> Block:
    """Encode numbers in equal steps between the smallest and the largest; NaN is kept.

    Parameters
    ----------
    values
        (rows, places) or (places,).
    n_bytes
        Of an integer: 1 for 254 steps, 2 for 65,534.
    """
    values = np.atleast_2d(np.asarray(values, dtype=np.float64))
    known = np.isfinite(values)
    codes = np.full(values.shape, MISSING, dtype=f"u{n_bytes}")
    low, step = 0.0, 1.0
    if known.any():
        low, high = float(values[known].min()), float(values[known].max())
        # Halves, as a difference of very large numbers need not be finite.
        step = 2 * (high / 2 - low / 2) / (256**n_bytes - 2) or 1.0
        codes[known] = 1 + np.rint((values[known] - low) / step).astype(codes.dtype)
    return _block(codes, {"kind": "linear", "low": low, "step": step}, step / 2)


def encode_codes(codes: npt.ArrayLike) -> Block:
    """Encode integers >= 0 exactly.

    Parameters
    ----------
    codes
        (rows, places) or (places,), below 2**32.
    """
    codes = np.atleast_2d(np.asarray(codes, dtype=np.int64))
    largest = int(codes.max(initial=0))
    n_bytes = 1 if largest < 2**8 else 2 if largest < 2**16 else 4
    return _block(codes.astype(f"u{n_bytes}"), {"kind": "codes"}, 0.0)


def encode_texts(texts: list[str]) -> Block:
    """Encode a list of texts exactly."""
    content = json.dumps(texts, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Block(_packed(content), {"kind": "texts"}, 0.0)


def decode(block: Block) -> FloatArray | list[str]:
    """Read a block as the page does: (rows, places), or a list of texts."""
    content = zlib.decompress(base64.b64decode(block.text))
    about = block.about
    if about["kind"] == "texts":
        texts: list[str] = json.loads(content)
        return texts
    planes = np.frombuffer(content, np.uint8).reshape(about["bytes"], -1)
    place_values = 256 ** np.arange(about["bytes"], dtype=np.int64)
    codes = (place_values @ planes.astype(np.int64)).reshape(about["rows"], -1)
    if about["kind"] == "codes":
        return codes.astype(float)
    if about["kind"] == "linear":
        values = about["low"] + (codes - 1.0) * about["step"]
    else:
        values = about["low"] * np.exp((codes - float(FIRST)) * about["step"])
        values[codes == ZERO] = 0.0
    values[codes == MISSING] = np.nan
    return values


def _block(codes: npt.NDArray[np.unsignedinteger], about: dict[str, Any], error: float) -> Block:
    """Block of integers (rows, places)."""
    little = np.ascontiguousarray(codes, dtype=codes.dtype.newbyteorder("<"))
    planes = little.view(np.uint8).reshape(-1, codes.dtype.itemsize).T
    about = about | {"bytes": codes.dtype.itemsize, "rows": codes.shape[0]}
    return Block(_packed(planes.tobytes()), about, error)


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, COMPRESSION)).decode("ascii")
