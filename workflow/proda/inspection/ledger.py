"""The ledger of the profiles as the run will close it, with the functions of the run."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from proda.config.keys import build
from proda.config.sections.profiles import ProfileSettings
from proda.data.cells import Cells
from proda.data.configured_covariates import configured_covariates
from proda.data.configured_profiles import configured_profiles
from proda.data.covariates import site_table
from proda.data.forcing import write_forcing
from proda.data.forcing_inputs import ConfiguredForcing
from proda.data.profiles.ledger import ACCEPTED, Ledger
from proda.data.region import Region
from proda.data.sites import exclude_sites, model_columns
from proda.files import StrPath
from proda.inspection.findings import Findings
from proda.inspection.views import Coverage, LedgerView
from proda.model.structures import get_structure

__all__ = ["collect", "coverage_of_covariates", "coverage_of_forcing", "exclude", "ledger_view"]

PROFILES, FORCING, COVARIATES = "soil profiles", "forcing", "covariates"
_SHOWN = 8


def collect(
    config: Mapping[str, Any], data_dir: StrPath, region: Region, findings: Findings
) -> Ledger | None:
    """Read the profiles; None if they cannot be read.

    Parameters
    ----------
    config
        A validated configuration.
    data_dir
        Folder of the raw data.
    region
        Region of the run.
    findings
        Take errors and warnings.
    """
    settings = build(ProfileSettings, config["profiles"])
    ledger = None
    with findings.examining(PROFILES):
        ledger = configured_profiles(settings, data_dir, region, config["structure"])
        ledger.require_accepted(
            settings.source.path if settings.source else ", ".join(settings.sources)
        )
    return ledger


def coverage_of_forcing(
    config: Mapping[str, Any],
    source: ConfiguredForcing,
    cells: Cells,
    sites: pd.DataFrame,
    findings: Findings,
) -> tuple[list[Coverage], xr.Dataset | None, pd.DataFrame | None]:
    """Coverage of cells and profiles by forcing.

    Returns
    -------
    list of Coverage
        Of the cells, and of the profiles.
    xarray.Dataset or None
        Forcing of the profiles that have one.
    pandas.DataFrame or None
        profile_id and reason of those without; None if the forcing cannot be read.
    """
    coverage, settings = [], config["forcing"]
    with findings.examining(FORCING):
        grid = source.of_cells(cells, settings["grid_interpolation"])
        codes = np.asarray(cells.from_grid(grid["no_forcing"]))
        names = grid["no_forcing"].attrs["flag_meanings"].split()
        reasons = tuple(
            (names[code], int((codes == code).sum()))
            for code in range(1, len(names))
            if (codes == code).any()
        )
        coverage.append(
            Coverage("grid cells with forcing", len(cells), int((codes == 0).sum()), reasons)
        )
        if sites.empty:
            return coverage, None, None
        forcing, without = source.of_sites(sites, cells, grid, settings["site_interpolation"])
        counts = without["reason"].value_counts()
        coverage.append(
            Coverage(
                "profiles with forcing",
                len(sites),
                len(sites) - len(without),
                tuple((str(reason), int(n)) for reason, n in counts.items()),
            )
        )
        return coverage, forcing, without
    return coverage, None, None


def coverage_of_covariates(
    config: Mapping[str, Any],
    table: StrPath,
    data_dir: StrPath,
    sites: pd.DataFrame,
    learners: list[str],
    findings: Findings,
) -> tuple[list[Coverage], pd.DataFrame | None]:
    """Coverage of the profiles by covariates, and their values; None if they cannot be read."""
    with findings.examining(COVARIATES):
        names, tabled = config["covariates"]["names"], config["covariates"]["sites"]
        values = site_table(configured_covariates(table, data_dir, names, learners, sites, tabled))
        missing = values.isna().sum().sort_values(ascending=False, kind="stable")
        missing = missing[missing > 0]
        note = f"{values.shape[1]} covariates"
        if len(missing) > _SHOWN:
            note += f"; {len(missing) - _SHOWN} more are missing at fewer profiles"
        found = Coverage(
            "profiles with all covariates",
            len(values),
            int(values.notna().all(axis=1).sum()),
            tuple((f"{name} missing", int(n)) for name, n in missing.head(_SHOWN).items()),
            note,
        )
        return [found], values
    return [], None


def exclude(
    config: Mapping[str, Any],
    ledger: Ledger,
    forcing: xr.Dataset | None,
    without_forcing: pd.DataFrame | None,
    covariates: pd.DataFrame | None,
) -> None:
    """Exclude profiles without forcing, a valid column or a covariate, as the run does.

    Parameters
    ----------
    config
        A validated configuration.
    ledger
        Changed in place.
    forcing, without_forcing
        Of `coverage_of_forcing`.
    covariates
        Of `coverage_of_covariates`.
    """
    columns = None
    if forcing is not None and get_structure(config["structure"]).has_bedrock:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "site_forcing.nc"
            write_forcing(forcing, path)
            columns = model_columns(path, config["structure"])
    if without_forcing is None:
        without_forcing = pd.DataFrame({"profile_id": [], "reason": []})
    if covariates is None:
        covariates = pd.DataFrame(index=ledger.profiles.index)
    min_horizons = config["profiles"]["min_horizons"]
    exclude_sites(ledger, without_forcing, covariates, columns, min_horizons)


def ledger_view(ledger: Ledger, cells: Cells | None, not_examined: list[str]) -> LedgerView:
    """Return the counts of a ledger.

    Parameters
    ----------
    ledger
        The ledger.
    cells
        Cells of the grid, if they are known.
    not_examined
        Stages that could not be examined.
    """
    summary = ledger.summary()
    rows = tuple(
        (str(status), int(row.profiles), int(row.horizons), str(row.meaning))
        for status, row in summary.iterrows()
        if row.horizons or row.profiles
    )
    accepted = ledger.accepted_profiles()
    places = 0
    if cells is not None and len(accepted):
        number = cells.index_of(accepted["longitude"], accepted["latitude"])
        places = len(np.unique(number[number >= 0]))
    used = int(summary.loc[ACCEPTED, "profiles"])
    return LedgerView(rows, used, len(ledger.profiles), places, tuple(not_examined))
