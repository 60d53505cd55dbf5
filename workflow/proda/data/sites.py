"""The sites that are accepted in the end, in one order in all their files: that of the ledger."""

import pandas as pd

from proda.data.covariates import incomplete_sites, read_site_covariates, write_site_covariates
from proda.data.forcing import write_forcing
from proda.netcdf import load_netcdf
from proda.tables import read_table, write_table

__all__ = ["close_ledger", "write_sites"]


def close_ledger(ledger, no_forcing, covariates):
    """Book the profiles without forcing, then those without a covariate.

    no_forcing: path of a table of profile_id and reason. covariates: path of a table of site
    covariates. Returns a DataFrame with profile_id, reason (of the ledger) and detail, what exactly
    is missing.
    """
    forcing = read_table(no_forcing, ["profile_id", "reason"])
    lacking = incomplete_sites(read_site_covariates(covariates))
    details = {
        "no_forcing": dict(zip(forcing["profile_id"], forcing["reason"], strict=True)),
        "no_covariates": {site: " ".join(names) for site, names in lacking.items()},
    }
    rows, seen = [], set()
    for reason, sites in details.items():
        ledger.reject_profiles(list(sites), reason)
        rows += [(site, reason, detail) for site, detail in sites.items() if site not in seen]
        seen |= set(sites)
    return pd.DataFrame(rows, columns=["profile_id", "reason", "detail"])


def write_sites(ledger, left_out, source, target, attributes):
    """Write left_out, and the forcing and covariates of the accepted profiles.

    source, target: objects with the paths forcing and covariates; target also left_out.
    """
    ids = ledger.accepted_profiles().index
    write_table(target.left_out, left_out)
    candidates = load_netcdf(source.forcing, "forcing", ["profile_id"])
    place = pd.Index(candidates["profile_id"].values.astype(str)).get_indexer(ids)
    forcing = candidates.isel(profile=place)
    # What made the candidates is what made their selection.
    kept = {key: candidates.attrs[key] for key in ("settings_digest", "input_digests")}
    write_forcing(forcing, target.forcing, attributes | kept)
    write_site_covariates(target.covariates, read_site_covariates(source.covariates).loc[ids])
