"""The section `forcing`."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from proda.config.keys import Limits, Text, Years
from proda.model.structures import by_structure, replaceable_fields

__all__ = [
    "FieldSubstitute",
    "ForcingSettings",
    "HistoryField",
    "LandModelHistory",
    "LitterShares",
    "NppLandModel",
    "NppMod17a3",
    "NppNetcdf",
    "NppSource",
    "NppVariables",
    "ValueSubstitute",
]

HistoryField = Annotated[str, Limits(choices=tuple(replaceable_fields()))]


@dataclass(frozen=True)
class ValueSubstitute:
    """One value everywhere."""

    value: Annotated[
        float, Limits(minimum=-1_000_000, maximum=1_000_000), "Value in the unit of the field."
    ]


@dataclass(frozen=True)
class FieldSubstitute:
    """Another field of the history."""

    use: Annotated[
        Text,
        "Name of another history field in the same unit, such as ALTMAX for ALTMAX_LASTYEAR. No "
        "field can replace SOILPSI.",
    ]


Share = Annotated[float, Limits(minimum=0, maximum=1)]


@dataclass(frozen=True)
class LitterShares:
    """Division of net primary production among the litter pools; the shares sum to 1."""

    cwd: Annotated[Share, "Coarse woody debris."]
    metabolic: Annotated[Share, "Metabolic litter."]
    cellulose: Annotated[Share, "Cellulose litter."]
    lignin: Annotated[Share, "Lignin litter."]


@dataclass(frozen=True, kw_only=True)
class LandModelHistory:
    """History files of the Community Land Model (CLM)."""

    files: Annotated[
        tuple[Text, ...],
        Limits(min_items=1, max_items=10_000),
        "History files or glob patterns, monthly or annual; each field may be in any of them.",
    ]
    years: Annotated[
        Years | None,
        "First and last model year over which climate, NPP and soil carbon are averaged; null for "
        "all years.",
    ] = None
    climatology: Annotated[
        Literal["fields", "product"],
        "How months of several years become those of one, in structures with monthly forcing: "
        "fields averages each field, so that what the scalars have in common from year to year is "
        "lost; product keeps the mean of the product of the scalars of temperature, water, oxygen "
        "and nitrogen, exactly at CLM's Q10 (workflow/proda/data/land_model/product_means.py).",
    ] = "fields"
    groups_of_years: Annotated[
        int,
        Limits(minimum=1, maximum=100),
        "With climatology product: in how many groups, from dry to wet, the years of a calendar "
        "month are averaged apart. As many as there are years is exact for all parameters; each "
        "adds 12 months to the forcing and their cost to the soil model.",
    ] = 1
    temperature: Annotated[
        Literal["TSOI", "T_SCALAR"],
        "Field that drives decomposition by temperature: soil temperature, or, in structures with "
        "monthly forcing, CLM's own scalar of it, which leaves the parameter q10 without effect: "
        "its posterior is its prior.",
    ] = "TSOI"
    litter_input: Annotated[
        Literal["auto", "accumulated", "fluxes", "budget", "npp"],
        "Carbon input to the litter pools, for structures that take it from the land model: the "
        "input accumulated by the study's own version of CLM (*_INPUT_ACC_VECTOR); fluxes of "
        "litterfall and mortality; the budget of the pools; net primary production in the shares "
        "of npp_shares. auto is the first of them that the files can serve. docs/global.md names "
        "the fields; the forcing says which was used (attribute litter_input_source).",
    ] = "auto"
    npp_shares: Annotated[
        LitterShares | None,
        "Shares of net primary production by litter pool, without which it is no carbon input.",
    ] = None
    missing_fields: Annotated[
        dict[HistoryField, Annotated[ValueSubstitute | FieldSubstitute, "The substitute."]],
        "Substitutes for fields that the files lack: one value everywhere, or another field in the "
        "same unit. Without a substitute a missing field is an error. TSOI, which also defines "
        "the land mask, cannot be substituted. Fields by structure: "
        + by_structure(lambda record: ", ".join(record.land_model.replaceable)),
    ] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NppMod17a3:
    """Net primary production of MODIS."""

    format: Annotated[Literal["mod17a3"], "Annual GeoTIFF files of MOD17A3 v5.5."]
    folder: Annotated[Text, "Folder of the files."]
    years: Annotated[Years, "First and last year."]
    min_valid_fraction: Annotated[
        float,
        Limits(minimum=0.000001, maximum=1),
        "Minimum fraction of valid pixels for a grid cell to have NPP.",
    ] = 0.05


@dataclass(frozen=True)
class NppVariables:
    """Variables of a netCDF file of net primary production."""

    npp_mean: Annotated[Text, "Variable of the mean over the years."]
    npp_min: Annotated[Text, "Variable of the minimum over the years."]
    npp_max: Annotated[Text, "Variable of the maximum over the years."]


@dataclass(frozen=True, kw_only=True)
class NppNetcdf:
    """Net primary production in a netCDF file."""

    format: Annotated[Literal["netcdf"], "A netCDF file with the coordinates lat and lon."]
    file: Annotated[Text, "The file."]
    names: Annotated[NppVariables, "Names of its variables."]


@dataclass(frozen=True)
class NppLandModel:
    """Net primary production of the land model."""

    format: Annotated[Literal["clm"], "NPP of the land model's history."]


NppSource = NppMod17a3 | NppNetcdf | NppLandModel


@dataclass(frozen=True, kw_only=True)
class ForcingSettings:
    """Soil climate and carbon input."""

    clm: LandModelHistory
    npp: Annotated[
        NppSource | None,
        "Net primary production: mean, minimum and maximum over the years. Required by structures "
        "whose carbon input comes from NPP; others use the litter input of the land model.",
    ] = None
    site_interpolation: Annotated[
        Literal["cell", "bilinear", "nearest"],
        "Soil climate of a profile: that of its grid cell (cell, as in Tao et al. 2020), or the "
        "land model's fields interpolated to the profile (bilinear or nearest).",
    ] = "cell"
    grid_interpolation: Annotated[
        Literal["bilinear", "nearest"], "Interpolation of the land model's fields to the grid."
    ] = "bilinear"
    max_distance_km: Annotated[
        Annotated[float, Limits(minimum=0.001, maximum=20_040)] | None,
        "Maximum distance to the centre of the nearest land model cell with data, km; null for "
        "the diagonal of a land model cell.",
    ] = None
