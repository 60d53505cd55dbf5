"""The sites that are accepted in the end, in the order of the ledger in all their files."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import xarray as xr

from proda.data.covariates import (
    incomplete_sites,
    load_site_covariates,
    site_table,
    write_site_covariates,
)
from proda.data.forcing import load_site_forcing, write_forcing
from proda.data.profiles.ledger import ACCEPTED, Ledger
from proda.model import MatrixModel
from proda.netcdf import load_netcdf
from proda.tables import read_table, write_table

__all__ = [
    "SourceFiles",
    "TargetFiles",
    "close_ledger",
    "exclude_sites",
    "model_columns",
    "write_sites",
]


class SourceFiles(Protocol):
    """Files of the candidates."""

    forcing: str
    covariates: str


class TargetFiles(Protocol):
    """Files of the accepted sites, and of those that are excluded."""

    forcing: str
    covariates: str
    excluded: str


def model_columns(forcing: str | Path, structure: str) -> pd.DataFrame:
    """Bedrock of the model's columns at the profiles, and whether they have a steady state.

    Parameters
    ----------
    forcing
        Path of site_forcing.nc.
    structure
        Name of the structure.

    Returns
    -------
    pandas.DataFrame
        By profile_id: bedrock_depth, m (the bottom of the grid where there is none), and
        no_steady_state, the cause or "".
    """
    model = MatrixModel(structure)
    ids, columns = load_site_forcing(forcing)
    layers = getattr(columns, "bedrock_layer", np.full(len(ids), model.grid.n_layers))
    causes = {found.row: str(found) for found in model.without_steady_state(columns)}
    return pd.DataFrame(
        {
            "bedrock_depth": model.grid.interface[layers.astype(int) - 1],
            "no_steady_state": [causes.get(row, "") for row in range(len(ids))],
        },
        index=pd.Index(ids, name="profile_id"),
    )


def close_ledger(
    ledger: Ledger,
    no_forcing: str | Path,
    covariates: str | Path,
    columns: pd.DataFrame | None = None,
    min_horizons: int = 1,
) -> pd.DataFrame:
    """As `exclude_sites`, of files.

    Parameters
    ----------
    ledger, columns, min_horizons
        As for `exclude_sites`.
    no_forcing
        Path of a table of profile_id and reason.
    covariates
        Path of the covariates of the candidates.
    """
    forcing = read_table(no_forcing, ["profile_id", "reason"])
    table = site_table(load_site_covariates(covariates))
    return exclude_sites(ledger, forcing, table, columns, min_horizons)


def exclude_sites(
    ledger: Ledger,
    no_forcing: pd.DataFrame,
    covariates: pd.DataFrame,
    columns: pd.DataFrame | None = None,
    min_horizons: int = 1,
) -> pd.DataFrame:
    """Exclude the profiles without forcing, a valid column or a covariate, in this order.

    Parameters
    ----------
    ledger
        Of the candidates; changed in place.
    no_forcing
        profile_id and reason of those without forcing.
    covariates
        Covariates of the candidates, as of `proda.data.covariates.site_table`.
    columns
        Of `model_columns`, for structures with bedrock: excluded are profiles without a steady
        state, horizons whose middle is below bedrock, and profiles that keep too few of them.
    min_horizons
        Smallest number of horizons that a profile must keep.

    Returns
    -------
    pandas.DataFrame
        A row per excluded profile: profile_id, reason (of the ledger) and detail, what exactly is
        missing.
    """
    lacking = incomplete_sites(covariates)
    rows: list[tuple[Hashable, str, str]] = []

    def exclude(reason: str, details: Mapping[Hashable, str]) -> None:
        accepted = set(ledger.accepted_profiles().index)
        ledger.reject_profiles(list(details), reason)
        rows.extend((site, reason, text) for site, text in details.items() if site in accepted)

    exclude("no_forcing", dict(zip(no_forcing["profile_id"], no_forcing["reason"], strict=True)))
    if columns is not None:
        unstable = columns["no_steady_state"]
        exclude("no_steady_state", unstable[unstable != ""].to_dict())
        rows += _reject_below_bedrock(ledger, columns["bedrock_depth"], min_horizons)
    exclude("no_covariates", {site: " ".join(names) for site, names in lacking.items()})
    return pd.DataFrame(rows, columns=["profile_id", "reason", "detail"])


def _reject_below_bedrock(
    ledger: Ledger, bedrock: pd.Series, min_horizons: int
) -> list[tuple[Hashable, str, str]]:
    """Exclude horizons below bedrock and profiles that keep too few; rows of these profiles."""
    before = ledger.accepted_profiles().index
    depth = bedrock.reindex(ledger.horizons["profile_id"].astype(str)).to_numpy()
    ledger.reject_horizons(ledger.horizons["node_depth"] > depth, "below_model_bedrock")
    ledger.reject_profiles_without_horizons()
    left = ledger.profile_table().loc[before, "n_accepted_horizons"]
    few = left.index[(left > 0) & (left < min_horizons)]
    ledger.reject_profiles(few, "too_few_horizons")
    status = ledger.profiles.loc[before, "status"].astype(str)
    return [
        (site, reason, f"bedrock at {bedrock[site]:g} m")
        for site, reason in status[status != ACCEPTED].items()
    ]


def write_sites(
    ledger: Ledger,
    excluded: pd.DataFrame,
    source: SourceFiles,
    target: TargetFiles,
    attributes: Mapping[str, object],
) -> None:
    """Write the excluded profiles, and forcing and covariates of the accepted ones.

    Parameters
    ----------
    ledger
        The closed ledger.
    excluded
        Of `close_ledger`.
    source
        Files of the candidates.
    target
        Files to write.
    attributes
        Global attributes (provenance). Digests of settings and inputs are those of the candidates.
    """
    ids = ledger.accepted_profiles().index
    write_table(target.excluded, excluded)
    forcing = _selected(load_netcdf(source.forcing, "forcing", ["profile_id"]), ids)
    write_forcing(forcing, target.forcing, {**attributes, **_provenance(forcing)})
    covariates = _selected(load_site_covariates(source.covariates), ids)
    write_site_covariates(target.covariates, covariates, {**attributes, **_provenance(covariates)})


def _selected(candidates: xr.Dataset, ids: pd.Index) -> xr.Dataset:
    """Select the profiles ``ids``, in this order."""
    place = pd.Index(candidates["profile_id"].values.astype(str)).get_indexer(ids)
    return candidates.isel(profile=place)


def _provenance(candidates: xr.Dataset) -> dict[str, object]:
    """Attributes that candidates pass on: what made them made their selection."""
    return {key: candidates.attrs[key] for key in ("settings_digest", "input_digests")}
