"""The section `profiles`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from proda.config.keys import Limits, Name, Text
from proda.config.sections.tables import Columns, Encoding, Quoted, TableFormat

__all__ = [
    "ProfileSettings",
    "SiteTable",
    "TableSource",
    "WosisSource",
    "source_files",
    "source_in_folder",
]

TableColumn = Literal[
    "profile_id",
    "longitude",
    "latitude",
    "upper_depth",
    "lower_depth",
    "depth",
    "organic_carbon",
    "bulk_density",
    "coarse_fragments",
    "horizon",
    "organic",
    "date",
]
SiteColumn = Literal["profile_id", "longitude", "latitude", "date"]
ColumnNames = Text | Annotated[tuple[Text, ...], Limits(min_items=1, max_items=10)] | None
Pedotransfer = Literal[
    "tao_2024",
    "manrique_jones_1991",
    "alexander_1980",
    "honeysett_ratkowsky_1989",
    "drew_1973",
    "jeffrey_1970",
    "federer_1993",
    "post_kwon_2000",
    "perie_ouimet_2008",
    "huntington_1989",
    "song_2005",
]
Judged = Literal["organic_carbon", "bulk_density", "coarse_fragments", "depth", "coordinates"]


@dataclass(frozen=True, kw_only=True)
class WosisSource:
    """A snapshot of WoSIS."""

    format: Annotated[
        Literal["wosis_2016", "wosis_2019", "wosis_2023"],
        "WoSIS snapshot of July 2016, September 2019 or December 2023.",
    ]
    path: Annotated[Text, "Folder of the unpacked snapshot."]
    columns: Annotated[
        Columns,
        "Columns with other names than in the snapshot, {name here: name in the file}; null for a "
        "column that does not exist. Names here are profile_id, longitude, latitude, horizon_id, "
        "upper_depth, lower_depth; for 2016 and 2019 also organic_carbon, "
        "coarse_fragments_volume, coarse_fragments_mass and the bulk densities (2016 bdfi, bdws; "
        "2019 bdfiod, bdfi33, bdfiad, bdfifm, bdwsod, bdws33, bdwsad, bdwsfm); for 2019 and 2023 "
        "organic (flag of litter layers); for 2023 site_id, and value in all files of properties.",
    ] = field(default_factory=dict)
    files: Annotated[
        Columns,
        "Files with other names than in the snapshot, {role: name}; null for a file that does not "
        "exist. Roles are profiles and layers; for 2019 also physical (layers is then the chemical "
        "file); for 2023 also sites, organic_carbon, coarse_fragments_volume, "
        "coarse_fragments_mass and each bulk density by its name above.",
    ] = field(default_factory=dict)
    encoding: Encoding = "utf-8"
    quoted: Quoted = None


@dataclass(frozen=True, kw_only=True)
class SiteTable(TableFormat):
    """A table with a row per profile, joined to the horizons by profile_id."""

    path: Annotated[Text, "The file."]
    columns: Annotated[
        dict[SiteColumn, ColumnNames],
        Limits(max_keys=100),
        "Columns with other names than expected, {name here: name in the file}, for profile_id (or "
        "as many columns as identify a profile in the table of horizons), longitude and latitude; "
        "date (of sampling, YYYY-MM-DD) is null unless named.",
    ] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TableSource(TableFormat):
    """A table with a row per horizon."""

    format: Annotated[Literal["table"], "A table with a row per horizon."]
    path: Annotated[Text, "The file."]
    columns: Annotated[
        dict[TableColumn, ColumnNames],
        Limits(max_keys=100),
        "Columns with other names than expected, {name here: name in the file}, for profile_id (or "
        "a list of columns, if an identifier is unique only within a data set), longitude, "
        "latitude, upper_depth, lower_depth and organic_carbon; bulk_density, coarse_fragments "
        "and horizon (the designation) may be null if the table has no such column; organic, a "
        "flag of litter and organic layers, and date (of sampling, YYYY-MM-DD) are null unless "
        "named. depth names one column of intervals such as 0-10 in place of upper_depth and "
        "lower_depth. With sites, longitude and latitude are columns of that table.",
    ] = field(default_factory=dict)
    sites: Annotated[
        SiteTable | None,
        "Table with a row per profile, if the places are not in the table of horizons.",
    ] = None
    organic_pattern: Annotated[
        Text | None,
        "Regular expression that the designation of an organic horizon begins with; null for O, L, "
        "F, H, LFH and similar (workflow/proda/data/profiles/designations.py).",
    ] = None
    depth_unit: Annotated[Literal["cm", "m", "mm"], "Unit of the depths."] = "cm"
    organic_carbon_unit: Annotated[
        Literal["g_kg", "mg_g", "percent", "fraction"],
        "Unit of organic carbon, by mass; fraction is kg kg-1.",
    ] = "g_kg"
    bulk_density_unit: Annotated[
        Literal["kg_dm3", "g_cm3", "Mg_m3", "kg_m3"], "Unit of the bulk density."
    ] = "kg_dm3"
    coarse_fragments_unit: Annotated[
        Literal["percent", "fraction"], "Unit of the coarse fragments."
    ] = "percent"
    bulk_density_of: Annotated[
        Literal["fine_earth", "whole_soil"],
        "Whether bulk density was measured of the fine earth or of the whole soil with its coarse "
        "fragments.",
    ] = "fine_earth"
    coarse_fragments_in: Annotated[
        Literal["volume", "mass"],
        "Whether the content of coarse fragments is by volume or by mass.",
    ] = "volume"


@dataclass(frozen=True, kw_only=True)
class ProfileSettings:
    """Soil profiles and their quality control."""

    source: Annotated[
        WosisSource | TableSource | None,
        "Source of the profiles and its format; null with several sources.",
    ] = None
    sources: Annotated[
        dict[Name, Annotated[WosisSource | TableSource, "A source."]],
        Limits(max_keys=20),
        "Several sources, each under a name of your choice, in the order of preference for "
        "profiles that more than one of them holds. Identifiers are then <name>/<identifier>.",
    ] = field(default_factory=dict)
    duplicate_distance_km: Annotated[
        Annotated[float, Limits(minimum=0, maximum=100)] | None,
        "With several sources: how far apart two profiles may be that are the same pit, km. They "
        "are if depths and organic carbon agree within rounding too, and dates do where both are "
        "known; the ledger names the twin that is kept (duplicate_of). null to keep both.",
    ] = 1.0
    exclude: Annotated[
        Literal["tao_2023"] | None,
        "Rules of a study for the profiles that are fitted, in addition to min_horizons: tao_2023 "
        "excludes profiles with SOC that correlates positively with depth, has its maximum in the "
        "last layer or is not larger in the first than in the last, and those whose deepest "
        "observation is not below 50 cm, each with a reason of its own in the ledger. null for "
        "none.",
    ] = None
    pedotransfer: Annotated[
        Pedotransfer | None,
        "Pedotransfer function that estimates missing bulk density from organic carbon "
        "(workflow/proda/data/profiles/density.py); null to reject horizons without measured bulk "
        "density.",
    ] = "tao_2024"
    organic_horizons: Annotated[
        Literal["reject", "keep"],
        "Whether horizons that the source declares organic or litter are rejected or kept.",
    ] = "reject"
    min_horizons: Annotated[
        int,
        Limits(minimum=2, maximum=100),
        "Profiles with fewer accepted horizons are rejected. A single depth does not constrain "
        "the fit.",
    ] = 2
    replicates: Annotated[
        Literal["average", "select"],
        "Replicate horizons at one depth of a profile: their mean weighted by thickness, or the "
        "one measured best (docs/data.md, section 3).",
    ] = "average"
    # Laboratories report organic carbon to 0.01 % (Soil Survey Laboratory Methods Manual, Soil
    # Survey Investigations Report 42); what is smaller is the rounding of a difference.
    detection_limit: Annotated[
        Annotated[float, Limits(minimum=0, maximum=10)] | None,
        "Detection limit of organic carbon, g kg-1; horizons with a smaller value other than 0 are "
        "rejected (below_detection). null for no limit.",
    ] = 0.1
    below_detection: Annotated[
        Literal["reject", "censor"],
        "Whether horizons below the detection limit are rejected, or kept as censored (those of 0, "
        "too): the likelihood is then the probability of a value below the limit. In scores they "
        "count with the limit as their value.",
    ] = "reject"
    accept_as_is: Annotated[
        tuple[Judged, ...],
        Limits(max_items=5),
        "Quantities whose distribution is not checked: their values are right although the whole "
        "column resembles another unit, or the coordinates seem swapped or without their sign.",
    ] = ()


def source_files(source: Mapping[str, Any]) -> list[str]:
    """Files of a source of profiles, as its section names them.

    Parameters
    ----------
    source
        Section of the source, as plain values.
    """
    sites = source.get("sites")
    return [source["path"], *([sites["path"]] if sites else [])]


def source_in_folder(source: Mapping[str, Any], folder: str | Path) -> dict[str, Any]:
    """The section of a source of profiles with paths that start at the working directory.

    Parameters
    ----------
    source
        Section of the source, as plain values.
    folder
        Folder that its paths are relative to.
    """
    folder, sites = Path(folder), source.get("sites")
    located = dict(source) | {"path": folder / source["path"]}
    return located | ({"sites": sites | {"path": folder / sites["path"]}} if sites else {})
