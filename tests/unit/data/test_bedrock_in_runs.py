"""Bedrock from the forcing to stocks: in observations, the ledger, assimilation and projection."""

import netCDF4
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.interpolate import CubicSpline

from covariate_files import write_site_files
from model_cases import annual, monthly
from posterior_cases import OPTIONS
from proda.config.sections.assimilation import LikelihoodSettings
from proda.data.forcing import write_forcing
from proda.data.profiles.ledger import Ledger
from proda.data.sites import close_ledger, model_columns
from proda.errors import InputError
from proda.inference.job import run_job
from proda.inference.observations import INTERPOLATIONS, interpolation_matrix
from proda.inference.observations_file import open_observations, write_observations
from proda.model import MatrixModel
from proda.model.grid import CLM5_20
from proda.projection.default import DefaultOptions, project_default
from proda.projection.files import read_grid_projection, read_sites_projection
from proda.projection.forward import project
from proda.projection.soc import DrawnSoc, Status
from proda.projection.stocks import INTERVALS
from projection_cases import make_cells, variables_of, write_grid_inputs, write_site_inputs

MODEL = MatrixModel("clm5-20")
NODE = CLM5_20.node
LIKELIHOOD = LikelihoodSettings(interpolation="cubic_spline")


def column(bedrock=20, water=0.4):
    """As CLM has it: a water scalar of exactly 0 below bedrock."""
    below = np.where(np.arange(20) < bedrock, water, 0.0)
    layers = np.exp(-np.arange(20) / 4) * np.array([60.0, 120.0, 180.0, 96.0])[:, None]
    more = {"sand": np.full(20, 30.0), "litter_input_by_layer": layers}
    return monthly(alt=10.0, bedrock=bedrock, water=below, **more)


def together(*columns):
    """Columns of one forcing."""
    names = [name for name, values in vars(columns[0]).items() if values is not None]
    values = {name: np.concatenate([getattr(one, name) for one in columns]) for name in names}
    return type(columns[0])(**values)


def write_sites_forcing(path, ids, forcing):
    data = {
        name: (("profile", *dims), values) for name, (dims, values) in variables_of(forcing).items()
    }
    data["profile_id"] = ("profile", np.array(ids, dtype=object))
    write_forcing(xr.Dataset(data, attrs={"structure": "clm5-20"}), path)
    return path


@pytest.mark.parametrize("method", INTERPOLATIONS)
@pytest.mark.parametrize("soil", [1, 2, 3, 8, 19, 20])
def test_horizons_are_read_from_the_layers_above_bedrock(method, soil):
    """The spline of those layers alone, constant below the last node, whatever is below."""
    rng = np.random.default_rng(soil)
    soc = rng.uniform(1e3, 5e4, 20)
    depth = np.linspace(0.0, CLM5_20.interface[soil - 1], 30)
    matrix = interpolation_matrix(NODE, depth, method, soil)
    assert (matrix[:, soil:] == 0).all()
    found = matrix @ np.where(np.arange(20) < soil, soc, 1e277)
    inside = np.clip(depth, NODE[0], NODE[soil - 1])
    if soil == 1:
        expected = np.full(30, soc[0])
    elif method == "linear":
        expected = np.interp(inside, NODE[:soil], soc[:soil])
    else:
        expected = CubicSpline(NODE[:soil], soc[:soil])(inside)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0, rtol=1e-12)


def test_all_layers_are_the_operator_without_bedrock():
    depth = np.linspace(0.0, 9.0, 40)
    np.testing.assert_array_equal(
        interpolation_matrix(NODE, depth, soil_layers=20), interpolation_matrix(NODE, depth)
    )


def write_horizons_file(path, ids, depths):
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("profile", len(ids))
        file.createDimension("horizon", sum(map(len, depths)))
        file.createVariable("profile_id", str, ("profile",))[:] = np.array(ids, dtype=object)
        file.createVariable("row_size", "i4", ("profile",))[:] = [len(one) for one in depths]
        file.createVariable("node_depth", "f8", ("horizon",))[:] = np.concatenate(depths)
        file.createVariable("soc_density", "f8", ("horizon",))[:] = 2e4
        file.createVariable("censored", "f8", ("horizon",))[:] = [0.0, 1.0] + [0.0] * (
            sum(map(len, depths)) - 2
        )
    return path


def test_observations_of_profiles_with_different_bedrock(tmp_path):
    ids, depths = ["a", "b", "c"], [[0.05, 0.3], [0.05, 0.3, 1.4], [0.1, 0.9]]
    horizons = write_horizons_file(tmp_path / "horizons.nc", ids, depths)
    forcing = together(column(5), column(20), column(8))
    sites = write_sites_forcing(tmp_path / "sites.nc", ids, forcing)
    write_observations(horizons, tmp_path / "o.nc", CLM5_20, LIKELIHOOD, {}, sites)
    with open_observations(tmp_path / "o.nc") as reader:
        for i, soil in enumerate((5, 20, 8)):
            expected = interpolation_matrix(NODE, depths[i], soil_layers=soil)
            np.testing.assert_array_equal(reader.observations(i).operator, expected)
        assert reader.observations(0).censored.tolist() == [False, True]
        assert not reader.observations(1).censored.any()
    shallow = write_sites_forcing(
        tmp_path / "shallow.nc", ids, together(column(5), column(9), column(8))
    )
    with pytest.raises(InputError, match=r"profile b: expected horizons above bedrock at 1.2 m, f"):
        write_observations(horizons, tmp_path / "o.nc", CLM5_20, LIKELIHOOD, {}, shallow)
    others = write_sites_forcing(tmp_path / "others.nc", ["a", "c", "b"], forcing)
    with pytest.raises(InputError, match=r"others\.nc, profile 1: expected 'b'"):
        write_observations(horizons, tmp_path / "o.nc", CLM5_20, LIKELIHOOD, {}, others)


def test_the_ledger_counts_what_bedrock_excludes(tmp_path):
    """deep keeps all; cut loses two of five horizons; few keeps one, none keeps none; stuck has no
    steady state; far has no forcing.
    """
    depths = {
        "cut": [0.1, 0.4, 1.19, 1.21, 2.0],
        "deep": [0.1, 1.3, 8.0],
        "far": [0.1, 0.4],
        "few": [0.01, 0.4],
        "none": [0.1, 0.4],
        "stuck": [0.1, 0.4],
    }
    bedrock = {"cut": 9, "deep": 20, "few": 1, "none": 1, "stuck": 20}
    forcing = together(
        *(column(layers, 0.0 if name == "stuck" else 0.4) for name, layers in bedrock.items())
    )
    path = write_sites_forcing(tmp_path / "sites.nc", list(bedrock), forcing)
    (tmp_path / "no_forcing.csv").write_text("profile_id,reason\nfar,no_soil_forcing\n")
    covariates = pd.DataFrame({"BIO1": 1.0}, index=pd.Index(list(depths), name="profile_id"))
    write_site_files(tmp_path / "covariates.nc", covariates)
    profiles = pd.DataFrame(
        {"longitude": 1.0, "latitude": 1.0, "n_horizons": [len(d) for d in depths.values()]},
        index=pd.Index(list(depths), name="profile_id"),
    )
    rows = [(name, z, z) for name, nodes in depths.items() for z in nodes]
    ledger = Ledger(
        profiles, pd.DataFrame(rows, columns=["profile_id", "node_depth", "lower_depth"])
    )

    columns = model_columns(path, "clm5-20")
    paths = tmp_path / "no_forcing.csv", tmp_path / "covariates.nc"
    excluded = close_ledger(ledger, *paths, columns, min_horizons=2)
    assert ledger.profiles["status"].to_dict() == {
        "cut": "accepted", "deep": "accepted", "far": "no_forcing", "few": "too_few_horizons",
        "none": "below_model_bedrock", "stuck": "no_steady_state",
    }  # fmt: skip
    summary = ledger.summary()
    assert summary.loc["below_model_bedrock", ["profiles", "horizons"]].tolist() == [1, 5]
    assert summary.loc["no_steady_state", ["profiles", "horizons"]].tolist() == [1, 2]
    assert summary.loc["accepted", ["profiles", "horizons"]].tolist() == [2, 6]
    counts = summary["horizons"].drop("total")
    assert counts.sum() == summary.loc["total", "horizons"] == 16
    assert dict(zip(excluded["profile_id"], excluded["detail"], strict=True)) == {
        "far": "no_soil_forcing",
        "few": "bedrock at 0.02 m",
        "none": "bedrock at 0.02 m",
        "stuck": "CWD in layer 1: a water scalar of 0 in all months",
    }
    ledger.check()


def served(theta):
    return lambda first, count: theta[None] if theta.ndim == 2 else theta[first : first + count]


def test_projected_soc_and_stocks_end_at_bedrock():
    theta = np.random.default_rng(1).uniform(0.3, 0.7, (3, 21))
    forcing = together(column(8), column(20), column(20, 0.0), column(1))
    operator = np.concatenate(
        [interpolation_matrix(NODE, [0.2, 0.9], soil_layers=b) for b in (8, 20, 20)]
        + [interpolation_matrix(NODE, [0.01, 0.02], soil_layers=1)]
    )
    source = DrawnSoc(MODEL, served(theta), 3, forcing)
    projection = project(source, CLM5_20, operator, [2] * 4)
    assert projection.counts == {"projected": 3, "no_steady_state": 1}
    assert projection.status[2] == Status.NO_STEADY_STATE
    assert np.isnan(projection.soc[:, 2]).all()
    assert (projection.soc[:, 0, 8:] == 0).all() and (projection.soc[:, 3, 1:] == 0).all()
    # Bedrock at 0.92 m is the end of the stock of 0-100 cm, and of that of 0-200 cm.
    label = [interval.label for interval in INTERVALS]
    stock = projection.stock[:, 0]
    soil = projection.soc[0, 0, :8] @ CLM5_20.thickness[:8]
    np.testing.assert_allclose(stock[0, label.index("0-100 cm")], soil, rtol=1e-12)
    np.testing.assert_allclose(stock[0, label.index("0-200 cm")], soil, rtol=1e-12)
    assert (stock[:, label.index("100-200 cm")] == 0).all()
    pools = MODEL.steady_state(theta[0], column(8))[0]
    assert pools.max() < 1e7
    np.testing.assert_allclose(projection.predicted[0, 6], projection.predicted[0, 7])
    assert np.isfinite(projection.predicted[:, [0, 1, 2, 3, 6, 7]]).all()


@pytest.mark.parametrize("structure", ["clm45-10", "clm5-20"])
def test_a_prediction_at_zero_decomposition_is_no_result(structure):
    """A network's clipped prediction may be an e-folding depth of exactly 0: 1e287 gC m-3."""
    model = MatrixModel(structure)
    theta = np.random.default_rng(2).uniform(0.3, 0.7, (3, 2, len(model.parameters)))
    theta[1, 0, 3] = 0.0
    forcing = annual() if structure == "clm45-10" else column(20)
    source = DrawnSoc(model, served(theta), 2, forcing.take([0, 0, 0]))
    projection = project(source, model.grid)
    assert projection.status.tolist() == [0, int(Status.NO_STEADY_STATE), 0]
    assert np.isnan(projection.soc[:, 1]).all()
    assert np.nanmax(projection.soc) < 1e9


def test_the_default_leaves_a_gap_where_there_is_no_steady_state(tmp_path):
    rng, cells = np.random.default_rng(0), make_cells(rows=1, columns=3)
    sites = together(column(8), column(8, 0.0))
    write_site_inputs(tmp_path, ["a", "b"], sites, rng, structure="clm5-20")
    grid = together(column(20, 0.0), column(8), column(3))
    write_grid_inputs(tmp_path, cells, grid, structure="clm5-20")
    inputs = [tmp_path / f"{name}.nc" for name in ("observations", "site_forcing")]
    inputs += [tmp_path / f"{name}.nc" for name in ("cells", "grid_forcing")]
    projections = project_default(
        "clm5-20", DefaultOptions("matrix"), *inputs, tmp_path / "s.nc", tmp_path / "g.nc"
    )
    assert [p.counts for p in projections] == [
        {"projected": 1, "no_steady_state": 1},
        {"projected": 2, "no_steady_state": 1},
    ]
    at_sites = read_sites_projection(tmp_path / "s.nc")
    assert at_sites["status"].values.tolist() == [0, int(Status.NO_STEADY_STATE)]
    soc = read_grid_projection(tmp_path / "g.nc")["soc_mean"].values[:, 0]
    assert np.isnan(soc[:, 0]).all()
    assert (soc[8:, 1] == 0).all() and (soc[:8, 1] > 0).all() and (soc[3:, 2] == 0).all()


def test_a_profile_without_a_steady_state_does_not_stop_its_job(tmp_path):
    ids, depths = ["a", "b"], [[0.05, 0.3, 0.8], [0.05, 0.3, 0.8]]
    horizons = write_horizons_file(tmp_path / "horizons.nc", ids, depths)
    forcing = together(column(8, 0.0), column(8))
    sites = write_sites_forcing(tmp_path / "sites.nc", ids, forcing)
    write_observations(horizons, tmp_path / "o.nc", CLM5_20, LIKELIHOOD, {}, sites)
    run_job(MODEL, tmp_path / "o.nc", sites, 0, 2, tmp_path / "out.nc", OPTIONS, {"seed": 1})
    with netCDF4.Dataset(tmp_path / "out.nc") as file:
        assert file["status"][:].tolist() == [2, 0]  # invalid forcing, fitted
        assert "layer 1: expected soil that can lose the carbon" in file["reason"][0]
