"""Readers of the WoSIS snapshots of July 2016, September 2019 and December 2023 (ISRIC).

Batjes et al. 2017 (doi 10.5194/essd-9-1-2017), 2020 (10.5194/essd-12-299-2020) and 2024
(10.5194/essd-16-4735-2024). A snapshot is a folder of tab-separated files, in which text may be in
double quotes (appendix B of the paper of 2020):

2016  profiles and one layer file; text is not quoted; depths are ``top`` and ``bottom``;
      bulk density is not split by moisture; there is no litter flag.
2019  profiles, a chemical and a physical layer file (0.9 GB each), joined by layer.
2023  profiles, sites (which hold the coordinates), layers, and a file per property. Bulk density at
      33 kPa is called bdfi33 or bdfi33l. Organic surface layers are flagged in the carbon file.

Of a property the ``value_avg`` is read; ``value`` is a text that lists repeats ("{1:5.4,2:8.2}").
A horizon of the source is a row of the layer file: for 2019 of the chemical one, which has organic
carbon. Files are read in chunks and only horizons of wanted profiles are kept in memory.

`source` is a mapping with ``path`` (the folder) and, if the snapshot differs,
``columns`` {our name: column or None}, ``files`` {role: file or None}, ``encoding`` and ``quoted``
(whether text may be in double quotes). None declares that the snapshot has no such property;
without it a missing file or column is an InputError.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.data.profiles.codes import remove_codes
from proda.data.profiles.density import FINE_EARTH_CODES, WHOLE_SOIL_CODES
from proda.data.profiles.tabular import (
    RawTables,
    Select,
    check_keys,
    choose_columns,
    read_chunks,
    to_flags,
    to_numbers,
)
from proda.errors import InputError
from proda.text.rows import Layout

__all__ = ["read_wosis_2016", "read_wosis_2019", "read_wosis_2023"]

_KEYS = ("format", "path", "columns", "files", "encoding", "quoted")
_PROFILE = {"profile_id": "profile_id", "longitude": "longitude", "latitude": "latitude"}
_LAYER = {
    "profile_id": "profile_id",
    "horizon_id": "profile_layer_id",
    "upper_depth": "upper_depth",
    "lower_depth": "lower_depth",
}
_DENSITIES_BY_MOISTURE = tuple(
    code for code in FINE_EARTH_CODES + WHOLE_SOIL_CODES if code not in ("bdfi", "bdws")
)
_FRAGMENTS = {
    "coarse_fragments_volume": "cfvo_value_avg",
    "coarse_fragments_mass": "cfgr_value_avg",
}
_NO_SUCH = "if this snapshot has none, set its name to null in the source"


def read_wosis_2016(source: Mapping[str, Any], select: Select) -> RawTables:
    """Read a snapshot of July 2016; see `read_wosis_2019` for arguments and return."""
    densities = {code: f"{code}_value_avg" for code in ("bdfi", "bdws")}
    values = {"organic_carbon": "orgc_value_avg", **densities, **_FRAGMENTS}
    layer = {**_LAYER, "upper_depth": "top", "lower_depth": "bottom"}
    files = {"profiles": "wosis_201607_profiles.txt", "layers": "wosis_201607_layers.txt"}
    snapshot = _Snapshot(
        source, files, {**_PROFILE, **layer, **values}, optional=values, quoted=False
    )

    profiles = snapshot.profiles()
    counts, horizons = snapshot.layers((*layer, *values), select(profiles))
    return _finish(profiles, counts, horizons)


def read_wosis_2019(source: Mapping[str, Any], select: Select) -> RawTables:
    """Read a snapshot of September 2019.

    Parameters
    ----------
    source
        See the module.
    select
        Takes the table of profiles (``longitude``, ``latitude`` by ``profile_id``) and returns
        which of them are wanted.

    Returns
    -------
    RawTables
        See the package.

    Raises
    ------
    InputError
        Names file, column or line.
    """
    physical = {code: f"{code}_value_avg" for code in _DENSITIES_BY_MOISTURE} | _FRAGMENTS
    chemical = {"organic": "litter", "organic_carbon": "orgc_value_avg"}
    files = {
        "profiles": "wosis_201909_profiles.tsv",
        "layers": "wosis_201909_layers_chemical.tsv",
        "physical": "wosis_201909_layers_physical.tsv",
    }
    defaults = {**_PROFILE, **_LAYER, **chemical, **physical}
    snapshot = _Snapshot(source, files, defaults, optional=("organic", *physical))

    profiles = snapshot.profiles()
    counts, horizons = snapshot.layers((*_LAYER, *chemical), select(profiles))
    snapshot.join("physical", horizons, numbers=physical)
    return _finish(profiles, counts, horizons)


def read_wosis_2023(source: Mapping[str, Any], select: Select) -> RawTables:
    """Read a snapshot of December 2023; see `read_wosis_2019` for arguments and return."""
    prefix = "wosis_202312_"
    # Alternatives are searched for in the folder; those of whole soil at 33 kPa and field moist may
    # be missing, the others are part of the release.
    codes: dict[str, tuple[str, ...]] = {code: (code,) for code in _DENSITIES_BY_MOISTURE}
    codes |= {"bdfi33": ("bdfi33l", "bdfi33"), "bdws33": ("bdws33l", "bdws33")}
    codes |= {"coarse_fragments_volume": ("cfvo",), "coarse_fragments_mass": ("cfgr",)}
    files = {role: f"{prefix}{role}.tsv" for role in ("profiles", "sites", "layers")}
    files["organic_carbon"] = f"{prefix}orgc.tsv"
    properties = {
        role: tuple(f"{prefix}{name}.tsv" for name in names) for role, names in codes.items()
    }
    defaults = {**_PROFILE, **_LAYER, "horizon_id": "layer_id", "site_id": "site_id"}
    defaults |= {"organic": "organic_surface", "value": "value_avg"}
    snapshot = _Snapshot(
        source, files | properties, defaults, optional=("organic",), files_optional=codes
    )

    profiles = snapshot.profiles_by_site()
    counts, horizons = snapshot.layers(_LAYER, select(profiles))
    snapshot.join("organic_carbon", horizons, numbers=("organic_carbon",), flags=("organic",))
    for role in codes:
        if snapshot.has(role, needed=role not in ("bdws33", "bdwsfm")):
            snapshot.join(role, horizons, numbers=(role,))
    return _finish(profiles, counts, horizons)


class _Snapshot:
    """The files and columns of one snapshot, and the steps its readers share."""

    def __init__(
        self,
        source: Mapping[str, Any],
        files: Mapping[str, Any],
        columns: Mapping[str, str],
        optional: Collection[str],
        quoted: bool = True,
        files_optional: Collection[str] = (),
    ) -> None:
        check_keys("source", source, _KEYS)
        if "path" not in source:
            raise InputError("source.path", "the folder of the snapshot", "nothing")
        self.folder = Path(source["path"])
        if not self.folder.is_dir():
            raise InputError(self.folder, "the folder of the unpacked snapshot", "no such folder")
        self.files = choose_columns("source.files", files, source.get("files"), files_optional)
        self.columns = choose_columns("source.columns", columns, source.get("columns"), optional)
        stated = source.get("quoted")
        quoted = quoted if stated is None else stated
        self.layout = Layout("\t", quoted, source.get("encoding", "utf-8"))

    def has(self, role: str, needed: bool) -> bool:
        """Choose the one of the alternative files of a role that is present."""
        names = self.files.get(role)
        if names is None or isinstance(names, str):
            return names is not None
        found = [name for name in names if (self.folder / name).exists()]
        if len(found) > 1 or (needed and not found):
            raise InputError(
                f"{self.folder}, files.{role}",
                f"one of {', '.join(names)}",
                " and ".join(found) or "none of them",
                "name the file in source.files" if found else _NO_SUCH,
            )
        self.files[role] = found[0] if found else None
        return bool(found)

    def path(self, role: str) -> Path:
        """The file of a role."""
        return self.folder / self.files[role]

    def _columns(self, names: Iterable[str]) -> dict[str, str]:
        return {name: self.columns[name] for name in names if name in self.columns}

    def _chunks(self, role: str, names: Iterable[str]) -> Iterator[pd.DataFrame]:
        return read_chunks(self.path(role), self._columns(names), self.layout, _NO_SUCH)

    def _by_key(self, role: str, names: Collection[str], key: str) -> pd.DataFrame:
        """A small file by its unique identifier ``key``, coordinates as numbers."""
        table = pd.concat(list(self._chunks(role, names)))
        wrong = table[key].duplicated() | (table[key] == "")
        if wrong.any():
            found = f"{table[key][wrong].iloc[0]!r} empty or repeated"
            raise InputError(f"{self.path(role)}, {key}", "one row per identifier", found)
        coordinates = [name for name in ("longitude", "latitude") if name in names]
        to_numbers(table, coordinates)
        return table.set_index(key)[coordinates]

    def profiles(self) -> pd.DataFrame:
        """Profiles with the coordinates of their own file."""
        return self._by_key("profiles", _PROFILE, "profile_id")

    def profiles_by_site(self) -> pd.DataFrame:
        """Profiles with the coordinates of their site; a profile of two sites has none."""
        profiles = self._by_key("profiles", ["profile_id"], "profile_id")
        chunks = self._chunks("layers", ["profile_id", "site_id"])
        pairs = pd.concat([chunk.drop_duplicates() for chunk in chunks]).drop_duplicates()
        pairs = pairs[~pairs["profile_id"].duplicated(keep=False)].set_index("profile_id")
        sites = self._by_key("sites", ["site_id", "longitude", "latitude"], "site_id")
        located = sites.reindex(pairs["site_id"]).set_axis(pairs.index)
        return located.reindex(profiles.index)

    def layers(self, names: Iterable[str], wanted: pd.Series) -> tuple[pd.Series, pd.DataFrame]:
        """Rows per profile of the whole layer file, and the horizons of the wanted profiles."""
        path, columns = self.path("layers"), self._columns(names)
        ids = set(wanted.index[wanted])
        flags = [name for name in ("organic",) if name in columns]
        numbers = [n for n in columns if n not in ("profile_id", "horizon_id", *flags)]
        counts, parts = [], []
        for chunk in read_chunks(path, columns, self.layout, _NO_SUCH):
            if (chunk["profile_id"] == "").any():
                line = chunk.index[chunk["profile_id"] == ""][0] + 2
                raise InputError(f"{path}, line {line}", "a profile_id", "an empty cell")
            counts.append(chunk["profile_id"].value_counts())
            chunk = chunk[chunk["profile_id"].isin(ids)].copy()
            to_numbers(chunk, numbers)
            for name in flags:
                to_flags(chunk, name)
            parts.append(chunk)
        horizons = pd.concat(parts, ignore_index=True)
        twice = horizons["horizon_id"].duplicated()
        if twice.any():
            found = f"{horizons.loc[twice, 'horizon_id'].iloc[0]!r} more than once"
            raise InputError(f"{path}, {columns['horizon_id']}", "one row per layer", found)
        return pd.concat(counts).groupby(level=0).sum(), horizons

    def join(
        self,
        role: str,
        horizons: pd.DataFrame,
        numbers: Iterable[str],
        flags: Iterable[str] = (),
    ) -> None:
        """Add columns of another file to ``horizons``, by layer, in place.

        The values are put into their places chunk by chunk: the file's other rows are not kept.
        """
        numbers = list(numbers)
        path = self.path(role)
        key = self._columns(["horizon_id"])
        if "value" in self.columns:
            columns = key | dict.fromkeys(numbers, self.columns["value"])
        else:
            columns = key | self._columns(numbers)
        columns |= self._columns(flags)
        numbers = [name for name in numbers if name in columns]
        flags = [name for name in flags if name in columns]

        index = pd.Index(horizons["horizon_id"])
        filled: dict[str, npt.NDArray[Any]] = {
            name: np.full(len(index), np.nan) for name in numbers
        }
        filled |= {name: np.zeros(len(index), dtype=bool) for name in flags}
        unreadable = horizons["unreadable"].to_numpy(dtype=object, copy=True)
        seen = np.zeros(len(index), dtype=bool)
        for chunk in read_chunks(path, columns, self.layout, _NO_SUCH):
            place = index.get_indexer(chunk["horizon_id"])
            chunk, place = chunk[place >= 0].copy(), place[place >= 0]
            twice = chunk["horizon_id"].duplicated().to_numpy() | seen[place]
            if twice.any():
                found = f"{chunk['horizon_id'][twice].iloc[0]!r} more than once"
                raise InputError(f"{path}, {columns['horizon_id']}", "one row per layer", found)
            seen[place] = True
            to_numbers(chunk, numbers)
            for name in flags:
                to_flags(chunk, name)
            for name, values in filled.items():
                values[place] = chunk[name]
            bad = (chunk["unreadable"] != "").to_numpy()
            unreadable[place[bad]] = chunk["unreadable"][bad]
        for name, values in filled.items():
            horizons[name] = values
        horizons["unreadable"] = unreadable


def _finish(profiles: pd.DataFrame, counts: pd.Series, horizons: pd.DataFrame) -> RawTables:
    """Add the counts and the profiles that only the layer file has; convert depths to metres."""
    profiles = profiles.reindex(profiles.index.union(counts.index))
    profiles["n_horizons"] = counts.reindex(profiles.index, fill_value=0)
    if "organic" not in horizons:
        horizons["organic"] = False
    horizons[["upper_depth", "lower_depth"]] /= 100
    remove_codes(horizons, depth_factor=1 / 100)
    return RawTables(profiles.rename_axis("profile_id").sort_index(), horizons)
