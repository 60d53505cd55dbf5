"""Which covariates a configuration chooses, and where each comes from: rasters, a table of sites.

Nothing here opens a raster or imports pandas, so that a run is planned quickly. Rasters that the
configuration itself lists (`covariates.files`), and covariates at sites, become a table of the
same form as that of `proda.data.covariate_table`, which the rest of the library reads.
"""

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from proda.config.sections.covariates import PROFILE_ID, CovariateFile, CovariateSettings
from proda.errors import InputError
from proda.patterns import files_below
from proda.resources import resource

__all__ = [
    "Covariates",
    "choose_covariates",
    "composed_table",
    "is_composed",
    "table_of_covariates",
]

KNOWN = resource("covariates.csv")
HEADER = (
    "name", "product", "file", "variable", "band", "crs", "kind", "unit", "scale", "offset",
    "missing", "valid_min", "valid_max", "source", "notes", "group", "site_column",
)  # fmt: skip
_RANGES = {"continuous": (-9998.0, 1e15), "class": (0.0, 254.0)}


class Covariates(NamedTuple):
    """Names of the covariates of a run.

    Attributes
    ----------
    names
        All of them, in the order of the features.
    gridded
        Those with a raster.
    at_sites
        Those whose values at the profiles are in a table.
    """

    names: tuple[str, ...]
    gridded: tuple[str, ...]
    at_sites: tuple[str, ...]

    @property
    def without_raster(self) -> tuple[str, ...]:
        """Those that no map can be made of."""
        return tuple(name for name in self.names if name not in self.gridded)


def is_composed(settings: CovariateSettings) -> bool:
    """Whether the configuration itself lists rasters or a table of sites."""
    return settings.files is not None or settings.sites is not None


def choose_covariates(settings: CovariateSettings, data_dir: str | Path) -> Covariates:
    """Names of the covariates of a run, by where they come from.

    Parameters
    ----------
    settings
        Section of the configuration.
    data_dir
        Folder of the raw data.

    Raises
    ------
    InputError
        For a table that cannot be read, a pattern without a file, files of the same name, and
        names of covariates that nothing provides.
    """
    if settings.names == ():
        return Covariates((), (), ())
    if settings.files is not None:
        gridded = tuple(_rasters(settings, data_dir))
    elif settings.sites is not None and settings.table is None:
        gridded = ()
    else:
        gridded = tuple(row["name"] for row in _rows(settings.table or KNOWN))
    at_sites = _at_sites(settings)
    known = tuple(dict.fromkeys([*gridded, *at_sites]))
    names = known if settings.names is None else settings.names
    unknown = [name for name in names if name not in known]
    if unknown:
        expected = f"names from {', '.join(known)}"
        raise InputError("config covariates.names", expected, ", ".join(unknown))
    chosen = set(names)
    return Covariates(
        names,
        tuple(name for name in gridded if name in chosen),
        tuple(name for name in at_sites if name in chosen),
    )


@contextmanager
def table_of_covariates(settings: CovariateSettings, data_dir: str | Path) -> Iterator[Path]:
    """Yield the path of the table of covariates, which is a temporary file if it is composed.

    Parameters
    ----------
    settings
        Section of the configuration.
    data_dir
        Folder of the raw data.

    Raises
    ------
    InputError
        As `composed_table`.
    """
    if not is_composed(settings):
        yield Path(settings.table or KNOWN)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "covariates.csv"
        path.write_text(composed_table(settings, data_dir), encoding="utf-8")
        yield path


def composed_table(settings: CovariateSettings, data_dir: str | Path) -> str:
    """Text of the table of the covariates that the configuration itself lists, comma-separated.

    Parameters
    ----------
    settings
        Section of the configuration.
    data_dir
        Folder of the raw data.

    Raises
    ------
    InputError
        As `choose_covariates`, and for a covariate at sites that is of another kind than its
        raster.
    """
    sites = settings.sites
    columns = {name: sites.columns[name] for name in _at_sites(settings)} if sites else {}
    rows: dict[str, dict[str, str]] = {}
    if settings.files is not None:
        rows = {name: _row(name, file) for name, file in _rasters(settings, data_dir).items()}
    elif settings.table is not None:
        rows = {row["name"]: row for row in _rows(settings.table)}
    for name, column in columns.items():
        assert sites is not None
        kind = "class" if name in sites.classes else "continuous"
        own = {"group": sites.groups.get(name, ""), "site_column": str(column)}
        if name in rows:
            if rows[name]["kind"] != kind:
                where, found = f"config covariates.sites.classes, {name}", rows[name]["kind"]
                raise InputError(where, f"the kind of its raster, {found}", kind)
            rows[name] |= {key: value for key, value in own.items() if value}
        else:
            product = f"column {column} of {sites.path}"
            unit = sites.units.get(name, "class" if kind == "class" else "1")
            rows[name] = dict.fromkeys(HEADER, "") | own
            rows[name] |= {"name": name, "product": product, "kind": kind, "unit": unit}
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    return text.getvalue()


def _at_sites(settings: CovariateSettings) -> tuple[str, ...]:
    """Names in the table of sites; InputError for attributes of others."""
    sites = settings.sites
    if sites is None:
        return ()
    names = tuple(name for name in sites.columns if name != PROFILE_ID)
    if not names:
        where = "config covariates.sites.columns"
        raise InputError(where, "at least one covariate besides profile_id", "none")
    stated: dict[str, Sequence[str]] = {
        "classes": sites.classes, "units": list(sites.units), "groups": list(sites.groups)
    }  # fmt: skip
    for key, listed in stated.items():
        unknown = [name for name in listed if name not in names]
        if unknown:
            expected = f"covariates of columns: {', '.join(names)}"
            raise InputError(f"config covariates.sites.{key}", expected, ", ".join(unknown))
    for name in names:
        if not isinstance(sites.columns[name], str):
            where = f"config covariates.sites.columns.{name}"
            raise InputError(where, "the name of one column", repr(sites.columns[name]))
    return names


def _rasters(settings: CovariateSettings, data_dir: str | Path) -> dict[str, CovariateFile]:
    """Files of the covariates by name, relative to the folder of the data."""
    listed = settings.files
    if isinstance(listed, Mapping):
        return {
            name: CovariateFile(file=each) if isinstance(each, str) else each
            for name, each in listed.items()
        }
    found = [path for path in files_below(data_dir, str(listed)) if Path(path).is_file()]
    if not found:
        raise InputError("config covariates.files", f"files {Path(data_dir, str(listed))}", "none")
    names = [Path(path).stem for path in found]
    twice = [path for path, name in zip(found, names, strict=True) if names.count(name) > 1]
    if twice:
        hint = "list them by name: covariates.files: {name: file}"
        raise InputError("config covariates.files", "one file per name", ", ".join(twice), hint)
    below = [Path(path).is_relative_to(data_dir) for path in found]
    files = [
        str(Path(path).relative_to(data_dir)) if inside else path
        for path, inside in zip(found, below, strict=True)
    ]
    return {name: CovariateFile(file=file) for name, file in zip(names, files, strict=True)}


def _row(name: str, raster: CovariateFile) -> dict[str, str]:
    """A raster as a row of the table of covariates."""
    if raster.kind is None:
        raster = replace(raster, kind="class" if name in _known_classes() else "continuous")
    lower, upper = raster.valid_range or _RANGES[raster.kind or "continuous"]
    missing = " ".join(
        _number(a) if a == b else f"{_number(a)}..{_number(b)}" for a, b in raster.missing
    )
    found = {
        "name": name,
        "product": raster.description or name,
        "file": raster.file,
        "variable": raster.variable,
        "band": raster.band,
        "crs": raster.crs,
        "kind": raster.kind,
        "unit": "class" if raster.kind == "class" and raster.unit == "1" else raster.unit,
        "scale": _number(raster.scale),
        "offset": _number(raster.offset),
        "missing": missing,
        "valid_min": _number(lower),
        "valid_max": _number(upper),
        "group": raster.group,
    }
    return {key: "" if value is None else str(value) for key, value in found.items()}


def _number(value: float) -> str:
    """A number with all its digits."""
    return repr(value).removesuffix(".0")


def _known_classes() -> set[str]:
    return {row["name"] for row in _rows(KNOWN) if row["kind"] == "class"}


def _rows(path: str | Path) -> list[dict[str, str]]:
    """Rows of a table of covariates, whose content `covariate_table` checks."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        raise InputError(path, "a table of covariates", "no file") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(path, "a table of covariates", str(error)) from None
    if not rows or not {"name", "kind"} <= rows[0].keys():
        raise InputError(path, "a table of covariates with columns name and kind", "none")
    return [{str(key): value or "" for key, value in row.items()} for row in rows]
