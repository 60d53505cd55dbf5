"""The section `figures`."""

from dataclasses import dataclass
from typing import Annotated

__all__ = ["FigureSettings"]


@dataclass(frozen=True)
class FigureSettings:
    """Files of the figures."""

    pdf: Annotated[
        bool, "Whether every figure is also written as PDF, for publication; PNG always is."
    ] = True
