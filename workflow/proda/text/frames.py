"""Delimited text as pandas DataFrames; `proda.text.blocks` reads it without pandas."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from proda.text.blocks import Choose, read_blocks
from proda.text.rows import Layout

__all__ = ["read_frame", "read_frames"]


def read_frames(
    path: str | Path, layout: Layout, choose: Choose, *, lenient: bool = False, strip: bool = True
) -> Iterator[pd.DataFrame]:
    """Yield the blocks of `proda.text.blocks.read_blocks` as DataFrames of text.

    The index is the number of the line minus 2, so that data rows count from 0; the column
    ``unreadable`` holds what is wrong with a row.
    """
    for block in read_blocks(path, layout, choose, lenient=lenient, strip=strip):
        frame = pd.DataFrame(block.cells, index=block.lines - 2, dtype=str)
        note = pd.Series(block.unreadable, index=frame.index, dtype=str)
        yield frame.assign(unreadable=note)


def read_frame(
    path: str | Path, layout: Layout, choose: Choose, *, lenient: bool = False, strip: bool = True
) -> pd.DataFrame:
    """The whole file as one DataFrame, as `read_frames`."""
    frames: Sequence[pd.DataFrame] = list(
        read_frames(path, layout, choose, lenient=lenient, strip=strip)
    )
    return pd.concat(frames)
