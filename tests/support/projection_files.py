"""Small files in the formats of the projection stage, for what reads them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from covariate_files import write_site_files
from proda.data.cells import Cells
from proda.data.profiles.density import BULK_DENSITY_SOURCES, COARSE_FRAGMENTS_SOURCES
from proda.inference.certification import Certification
from proda.inference.flags import Flag
from proda.inference.gev import Status as GevStatus
from proda.inference.site import Status
from proda.model import MatrixModel
from proda.model.scaling import scaling_variables
from proda.projection.stocks import INTERVALS

MODEL = MatrixModel("clm45-10")
CERTIFIED = Certification(True)
NEGATIVE = Flag.NEGATIVE_R2
ROLES = ["training", "training", "validation", "test"]


def cut_off(path):
    """Cut a file off in the middle; returns its path."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def profile_ids(n):
    return np.array([f"P{i}" for i in range(n)], dtype=object)


def write_horizons_file(path, depth, observed, thickness=0.1):
    """depth, observed: a list per profile; m and g m-3."""
    sizes = [len(one) for one in depth]
    middle, values = np.concatenate(depth), np.concatenate(observed)
    n, half = len(sizes), 0.5 * np.broadcast_to(thickness, middle.shape)
    by_horizon = {
        "node_depth": middle,
        "upper_depth": middle - half,
        "lower_depth": middle + half,
        "soc_density": values,
        "organic_carbon": values / 1300.0,
        "censored": np.zeros(len(middle)),
        "bulk_density": np.full(len(middle), 1.3),
        "coarse_fragments": np.zeros(len(middle)),
        "bulk_density_source": np.zeros(len(middle), np.int8),
        "coarse_fragments_source": np.zeros(len(middle), np.int8),
    }
    assert BULK_DENSITY_SOURCES and COARSE_FRAGMENTS_SOURCES
    by_profile = {
        "profile_id": profile_ids(n),
        "longitude": -100.0 + np.arange(n),
        "latitude": 40.0 + 0.1 * np.arange(n),
        "row_size": np.array(sizes, np.int32),
    }
    variables = {name: ("profile", value) for name, value in by_profile.items()}
    variables |= {name: ("horizon", value) for name, value in by_horizon.items()}
    xr.Dataset(variables).to_netcdf(path)
    return path


def write_site_posteriors(path, n, unused=(), **fields):
    """Site posteriors of n profiles; the unused have a negative R2. fields: (n, parameters)."""
    d = len(MODEL.parameters)
    defaults = {
        "mean": 0.5,
        "standard_deviation": 0.2,
        "mode": 0.5,
        "gelman_rubin": 1.0,
        "rhat": 1.0,
        "ess_bulk": 400.0,
        "ess_tail": 400.0,
        "contraction": 1 - 0.2 * np.sqrt(12),
    }
    variables = {
        "parameter": ("parameter", np.array(MODEL.parameters.names, dtype=object)),
        "profile_id": ("profile", profile_ids(n)),
        "reason": ("profile", np.array([""] * n, dtype=object)),
        "status": ("profile", np.full(n, Status.FITTED, np.int8)),
        "row_size": ("profile", np.full(n, 2, np.int32)),
        "r2": ("profile", np.where(np.isin(np.arange(n), unused), -1.0, 0.8)),
        "rmse": ("profile", np.ones(n)),
        "acceptance": (("profile", "chain"), np.full((n, 3), 0.23)),
        "certified": ("profile", np.ones(n, np.int8)),
        "failed_quantity": ("profile", np.array([""] * n, dtype=object)),
        "max_rhat": ("profile", np.full(n, 1.005)),
        "min_ess_bulk": ("profile", np.full(n, 450.0)),
        "min_ess_tail": ("profile", np.full(n, 420.0)),
        "max_mcse": ("profile", np.full(n, 0.04)),
        "draws_per_chain": ("profile", np.full(n, 500, np.int32)),
        "rounds": ("profile", np.ones(n, np.int32)),
        "divergences": ("profile", np.zeros(n, np.int32)),
        "gev_status": (("profile", "parameter"), np.full((n, d), GevStatus.CONVERGED, np.int8)),
        "flags": ("profile", np.where(np.isin(np.arange(n), unused), NEGATIVE, 0).astype("u1")),
    }
    for name, value in (defaults | fields).items():
        variables[name] = (("profile", "parameter"), np.broadcast_to(value, (n, d)).astype(float))
    variables |= scaling_variables(MODEL.parameters)
    about = {"structure": MODEL.structure.name} | CERTIFIED.attributes
    xr.Dataset(variables, attrs=about).to_netcdf(path)
    return path


def write_one_batch(path, certification=CERTIFIED, **fields):
    """A one-batch posterior; fields: by parameter."""
    d = len(MODEL.parameters)
    defaults = {"mean": 0.4, "standard_deviation": 0.1, "mode": 0.4, "gelman_rubin": 1.01}
    variables = {"parameter": ("parameter", np.array(MODEL.parameters.names, dtype=object))}
    defaults |= {"rhat": 1.02, "contraction": 1 - 0.1 * np.sqrt(12)}
    for name, value in (defaults | fields).items():
        variables[name] = ("parameter", np.broadcast_to(value, d).astype(float))
    variables |= scaling_variables(MODEL.parameters)
    about = {"structure": MODEL.structure.name} | certification.attributes
    xr.Dataset(variables, attrs=about).to_netcdf(path)
    return path


def write_splits(path, n, unused=(), folds=3):
    used = ~np.isin(np.arange(n), unused)
    role = np.where(used, np.resize(ROLES, n), "")
    table = {
        "profile_id": profile_ids(n),
        "used": used.astype(int),
        "role": role,
        "block": np.arange(n) // 2,
        "fold": np.arange(n) // 2 % folds,
    }
    pd.DataFrame(table).to_csv(path, index=False)
    return path


def write_covariates(path, igbp):
    table = pd.DataFrame({"IGBP": igbp, "BIO1": 10.5}, index=profile_ids(len(igbp)))
    return write_site_files(path, table, IGBP="class")


def write_sites_projection(path, predicted, sizes):
    """predicted: (horizons,) g m-3."""
    xr.Dataset(
        {
            "profile_id": ("profile", profile_ids(len(sizes))),
            "row_size": ("profile", np.array(sizes, np.int32)),
            "predicted_mean": ("horizon", np.asarray(predicted, float)),
        }
    ).to_netcdf(path)
    return path


def small_cells():
    """Six cells of one degree, some with little land; the area of a cell is 1e10 m2."""
    lon, lat = np.tile([-99.5, -98.5, -97.5], 2), np.repeat([40.5, 41.5], 3)
    land = np.array([1.0, 1.0, 0.5, 1.0, 0.2, 1.0])
    return Cells(1.0, lon, lat, np.full(6, 1e10), land)


def grid_projection(cells, density, low=None, high=None):
    """density: (cells,) kg m-3 at all depths. low, high: of the totals, relative to the mean."""
    thickness = np.array([interval.bottom - interval.top for interval in INTERVALS])
    stock = 1000.0 * np.multiply.outer(thickness, density)
    dataset = xr.Dataset(
        {"stock_mean": xr.concat([cells.to_grid(one) for one in stock], "interval")},
        {"interval": np.array([interval.label for interval in INTERVALS], dtype=object)},
    )
    total = np.nansum(stock * cells.land_area_m2, axis=1) * 1e-15
    dataset["total_mean"] = ("interval", total)
    if low is not None:
        dataset["total_p05"] = ("interval", low * total)
        dataset["total_p95"] = ("interval", high * total)
    return dataset


def write_evaluation_inputs(folder, n=8, unused=(7,)):
    """All inputs of the pairs of n profiles of 2 or 3 horizons, and what is in them."""
    rng = np.random.default_rng(0)
    depth = [[0.05, 0.25] if i % 2 else [0.05, 0.4, 1.2] for i in range(n)]
    observed = [list(1000.0 * rng.uniform(5, 50, len(one))) for one in depth]
    sizes = [len(one) for one in depth]
    flat = np.concatenate(observed)
    predicted = {
        "default": flat * 2.0,
        "one_batch": flat + 1000.0,
        "site_by_site": flat.copy(),
        "neural_network": flat - 500.0,
        "neural_network_blocks": flat + 2000.0 * np.resize([1, -1], len(flat)),
    }
    return SimpleNamespace(
        horizons_path=write_horizons_file(folder / "horizons.nc", depth, observed),
        posteriors_path=write_site_posteriors(folder / "posteriors.nc", n, unused),
        splits_path=write_splits(folder / "splits.csv", n, unused),
        covariates_path=write_covariates(folder / "covariates.nc", np.resize([1, 2, 10, 13], n)),
        projections={
            name: write_sites_projection(folder / f"{name}_sites.nc", values, sizes)
            for name, values in predicted.items()
        },
        vegetation={
            "covariate": "IGBP",
            "groups": {"Evergreen forest": [1, 2], "Grassland": [10], "Wetland": [11]},
        },
        exclude_flags=["negative_r2"],
    )
