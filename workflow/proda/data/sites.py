"""The sites that are accepted in the end, in one order in all their files: that of the ledger."""

import numpy as np
import pandas as pd

from proda.data.covariates import (
    incomplete_sites,
    load_site_covariates,
    site_table,
    write_site_covariates,
)
from proda.data.forcing import load_site_forcing, write_forcing
from proda.data.profiles.ledger import ACCEPTED
from proda.model import MatrixModel
from proda.netcdf import load_netcdf
from proda.tables import read_table, write_table

__all__ = ["close_ledger", "model_columns", "write_sites"]


def model_columns(forcing, structure):
    """What the model's columns do not allow, of the profiles in site_forcing.nc.

    structure: name. Returns a DataFrame by profile_id with bedrock_depth, m (the bottom of the grid
    where there is none), and no_steady_state, the cause or "".
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


def close_ledger(ledger, no_forcing, covariates, columns=None, min_horizons=1):
    """Book what the forcing says of the profiles, then those without a covariate.

    no_forcing: path of a table of profile_id and reason. covariates: path of a table of site
    covariates. columns: of ``model_columns``, for structures with bedrock: profiles without a
    steady state are left out, and horizons whose middle is below bedrock; profiles that keep fewer
    than min_horizons are left out too. Returns a DataFrame with profile_id, reason (of the
    ledger) and detail, what exactly is missing.
    """
    forcing = read_table(no_forcing, ["profile_id", "reason"])
    lacking = incomplete_sites(site_table(load_site_covariates(covariates)))
    rows = []

    def book(reason, details):
        accepted = set(ledger.accepted_profiles().index)
        ledger.reject_profiles(list(details), reason)
        rows.extend((site, reason, text) for site, text in details.items() if site in accepted)

    book("no_forcing", dict(zip(forcing["profile_id"], forcing["reason"], strict=True)))
    if columns is not None:
        stuck = columns["no_steady_state"]
        book("no_steady_state", stuck[stuck != ""].to_dict())
        rows += _reject_below_bedrock(ledger, columns["bedrock_depth"], min_horizons)
    book("no_covariates", {site: " ".join(names) for site, names in lacking.items()})
    return pd.DataFrame(rows, columns=["profile_id", "reason", "detail"])


def _reject_below_bedrock(ledger, bedrock, min_horizons):
    """Book horizons below bedrock and profiles that lose too many; rows of what is left out."""
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


def write_sites(ledger, left_out, source, target, attributes):
    """Write left_out, and the forcing and covariates of the accepted profiles.

    source, target: objects with the paths forcing and covariates; target also left_out.
    """
    ids = ledger.accepted_profiles().index
    write_table(target.left_out, left_out)
    forcing = _selected(load_netcdf(source.forcing, "forcing", ["profile_id"]), ids)
    write_forcing(forcing, target.forcing, attributes | _provenance(forcing))
    covariates = _selected(load_site_covariates(source.covariates), ids)
    write_site_covariates(target.covariates, covariates, attributes | _provenance(covariates))


def _selected(candidates, ids):
    """The profiles ``ids`` of a Dataset with profile_id, in this order."""
    place = pd.Index(candidates["profile_id"].values.astype(str)).get_indexer(ids)
    return candidates.isel(profile=place)


def _provenance(candidates):
    """What made the candidates is what made their selection."""
    return {key: candidates.attrs[key] for key in ("settings_digest", "input_digests")}
