"""The forcing of runs through time, a part of the section `transient`."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from proda.config.keys import Limits, Text, Years
from proda.config.sections.forcing import FieldSubstitute, HistoryField, ValueSubstitute

__all__ = ["ForcingSeriesSettings"]


@dataclass(frozen=True, kw_only=True)
class ForcingSeriesSettings:
    """Forcing year by year, from monthly history of a land model."""

    files: Annotated[
        tuple[Text, ...],
        Limits(min_items=1, max_items=10_000),
        "History files or glob patterns, monthly, split in any way; of a synthetic globe *.nc, its "
        "own history through time.",
    ]
    years: Annotated[Years, "First and last year of the runs; the files must have all of them."]
    base_years: Annotated[
        Years | None,
        "First and last of the years whose climate or carbon input is repeated where it is held, "
        "and to which the start belongs; null for the first 20.",
    ] = None
    litter_input: Annotated[
        Literal["auto", "accumulated", "fluxes", "vegetation", "npp"],
        "Carbon input to the litter pools, for structures that take it from the land model: "
        "accumulated and fluxes as for the static forcing; the flux from vegetation to litter "
        "(fVegLitter) in the shares by pool and layer of the static forcing; or the static input "
        "scaled by net primary production over that of the base years. auto is the first of them "
        "that the files can serve. Structures whose input comes from NPP are always scaled.",
    ] = "auto"
    smoothing_years: Annotated[
        int,
        Limits(minimum=1, maximum=100),
        "Length of the running mean of the ratio by which npp scales; 1 for none.",
    ] = 10
    missing_fields: Annotated[
        dict[HistoryField, Annotated[ValueSubstitute | FieldSubstitute, "The substitute."]],
        "Substitutes for fields that the files lack, as in forcing.clm.missing_fields; "
        "{FPI_vr: {value: 1}} is no limitation by nitrogen.",
    ] = field(default_factory=dict)
    every: Annotated[
        int,
        Limits(minimum=1, maximum=90),
        "Runs take every so-many-th cell in both directions, each with the land of those between; "
        "1 for all cells.",
    ] = 1
    blocks: Annotated[
        int,
        Limits(minimum=1, maximum=500),
        "Number of blocks of cells, each of which is a file and a job.",
    ] = 16
    readers: Annotated[
        int,
        Limits(minimum=1, maximum=100),
        "Number of jobs that make the blocks. Each reads its latitudes of all files: more than "
        "one is faster only where files are not compressed or cores are idle.",
    ] = 1
