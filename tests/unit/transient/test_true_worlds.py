"""Small synthetic globes through time, one of which has the same parameters in all places."""

import numpy as np
import pytest

from globe_cases import ChangingCase
from proda.data.series import open_series
from proda.parameters.draws import write_draws
from proda.transient.parameter_sets import SITE_MEAN, TRUTH, SetSources, read_sets, set_of_theta
from proda.transient.results import Status
from proda.transient.run import RunOptions, run_block
from proda.transient.scenarios import ALL, SCENARIOS, STATIC
from proda.transient.truth import claim_table, truth_table

S = {name: k for k, name in enumerate(SCENARIOS)}


def run_world(folder, uniform):
    """Truth, draws of a learner that knows it, and one set for all places, of a small globe."""
    years, base = (1900, 1906), (1900, 1902)
    case = ChangingCase(folder, years, base, every=2, uniform_parameters=uniform)
    globe, model = case.globe, case.globe.model
    globe.write_grid()
    theta = globe.truth.theta(globe.covariates_at(globe.columns.cell))
    of_cells = np.full((len(case.cells), theta.shape[1]), np.nan)
    of_cells[globe.columns.cell] = theta
    write_draws(
        folder / "network.nc", model, theta_profile=theta[None, :1], profile_ids=["a"],
        theta_cell=of_cells[None], cells=case.cells,
    )  # fmt: skip
    (path,), _ = case.build(folder)
    truth = SetSources(
        {"neural_network": folder / "network.nc"}, truth=folder / "truth" / "truth_grid.nc"
    )
    with open_series(path) as series:
        sets = read_sets([TRUTH, "default", "neural_network"], model, series, truth)
        mean = theta.mean(axis=0)[None, None]
        sets.append(set_of_theta(SITE_MEAN, model, mean, len(series)))
        return run_block(series, sets, RunOptions())


@pytest.fixture(scope="module")
def uniform(tmp_path_factory):
    return run_world(tmp_path_factory.mktemp("uniform"), uniform=True)


@pytest.fixture(scope="module")
def varied(tmp_path_factory):
    return run_world(tmp_path_factory.mktemp("varied"), uniform=False)


def test_places_that_share_one_set_change_alike_with_either(uniform):
    truth, _, heterogeneous, homogeneous = range(4)
    assert uniform.common.sum() > 3
    changed = uniform.stocks[S[ALL.name], -1] - uniform.stocks[S[STATIC.name], -1]
    assert np.abs(changed[truth]).max() > 1e-3
    assert np.array_equal(uniform.maps[:, :, truth], uniform.maps[:, :, heterogeneous],
                          equal_nan=True)  # fmt: skip
    np.testing.assert_allclose(
        uniform.stocks[:, :, homogeneous], uniform.stocks[:, :, heterogeneous], rtol=1e-9
    )
    claim = claim_table(uniform).set_index("set")
    assert claim.loc["neural_network", "gains"] == claim.loc[SITE_MEAN, "gains"]
    assert claim["claim_holds"].unique() == ["no"]


def test_places_that_do_not_share_one_set_do_not(varied):
    truth, _, heterogeneous, homogeneous = range(4)
    assert np.array_equal(varied.maps[:, :, truth], varied.maps[:, :, heterogeneous],
                          equal_nan=True)  # fmt: skip
    total = varied.stocks[S[ALL.name], -1].sum(axis=(1, 2))
    assert abs(total[homogeneous] / total[heterogeneous] - 1.0) > 0.01
    scores = truth_table(varied).set_index(["set", "scenario"])
    known = scores.loc["neural_network", "all"]
    assert known["sign_right"] and known["land_with_right_sign"] == pytest.approx(1.0)
    assert known["r"] == pytest.approx(1.0) and known["slope"] == pytest.approx(1.0)
    assert known["change_pg"] == pytest.approx(known["true_change_pg"])
    assert scores.loc[(SITE_MEAN, "all"), "rmse_kg_m2"] > 0.0


def test_cells_of_the_sea_are_marked(varied):
    assert np.all(varied.status[:, ~varied.cells.usable] == Status.NO_SERIES)
    assert np.all(varied.drift[:, varied.cells.usable] <= 1e-12)
