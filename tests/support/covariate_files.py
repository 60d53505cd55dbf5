"""Files of covariates of profiles, from tables."""

import xarray as xr

from proda.data.covariates import write_site_covariates

PROVENANCE = {"settings_digest": "made", "input_digests": "from"}


def write_site_files(path, table, **kinds):
    """Write a table by profile_id; kinds: of its columns, continuous unless given."""
    ids = table.index.to_numpy(dtype=str).astype(object)
    variables = {}
    for name, column in table.items():
        attributes = {"units": "1", "kind": kinds.get(name, "continuous")}
        variables[name] = ("profile", column.to_numpy(float), attributes)
    dataset = xr.Dataset(variables, coords={"profile_id": ("profile", ids)})
    write_site_covariates(path, dataset, PROVENANCE)
    return path
