"""The section `processes`."""

from dataclasses import dataclass
from typing import Annotated

from proda.config.keys import Limits

__all__ = ["ProcessSettings"]


@dataclass(frozen=True)
class ProcessSettings:
    """Maps and global means of the bulk processes of soil carbon, of every method."""

    max_draws: Annotated[
        int,
        Limits(minimum=1, maximum=10_000),
        "Largest number of parameter draws of a method that are run in each cell; of more, evenly "
        "spaced ones are taken.",
    ] = 100
