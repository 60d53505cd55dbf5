"""Identifiability: weights of other priors, statistics of sites, rankings, tables and figure."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from model_cases import DRAWS, prior_draws
from proda.analysis.identifiability import correlation_table, values_table
from proda.analysis.places import portions
from proda.analysis.prior_ranking import (
    SitesUnderPriors,
    beta_prior,
    prior_ranking,
    prior_weights,
    sites_under_priors,
)
from proda.errors import InputError
from proda.figures.identifiability import draw_identifiability
from proda.model import MatrixModel
from proda.model.mechanisms import (
    CARBON_USE_EFFICIENCY,
    DECOMPOSITION,
    ENVIRONMENT,
    MECHANISMS,
)
from proda.model.processes import processes_of
from proda.projection.soc import DrawnSoc

COUNT, N = 60, 8
SHAPES = [1.0, 4.0, 0.5]
PRIORS = [beta_prior(1.0), beta_prior(4.0)]
EFFICIENCY, RATE = MECHANISMS.index(CARBON_USE_EFFICIENCY), MECHANISMS.index(DECOMPOSITION)
SOC_TIMES = ["fast_soc_turnover_time", "slow_soc_turnover_time", "passive_soc_turnover_time"]


@pytest.mark.parametrize("shape", [4.0, 2.0, 1.0, 0.5])
def test_draws_of_the_uniform_prior_become_draws_of_the_beta_prior(shape):
    model, rng = MatrixModel("clm5-20"), np.random.default_rng(0)
    theta = rng.random((40_000, 21))
    weights = prior_weights(model, model.physical(theta), shape)
    columns = [model.parameters.index(name) for name in SOC_TIMES]
    for k in columns:
        mean = np.average(theta[:, k], weights=weights)
        sd = np.sqrt(np.average((theta[:, k] - mean) ** 2, weights=weights))
        assert mean == pytest.approx(0.5, abs=0.02)
        assert sd == pytest.approx(0.5 / np.sqrt(2 * shape + 1), rel=0.05)
    other = model.parameters.index("slow_to_fast")
    sd = np.sqrt(np.average((theta[:, other] - 0.5) ** 2, weights=weights))
    assert sd == pytest.approx(1 / np.sqrt(12), rel=0.03)
    assert weights.max() == 1.0 and (shape != 1.0 or weights.min() == 1.0)
    at_bounds = np.tile([[0.0], [1.0]], (1, 21))
    assert np.isfinite(prior_weights(model, model.physical(at_bounds), shape)).all()


@pytest.mark.parametrize("structure", DRAWS)
def test_statistics_of_a_site_are_weighted_ones_of_its_draws(structure):
    model, rng = MatrixModel(structure), np.random.default_rng(4)
    forcing = DRAWS[structure](N, seed=3)[1]
    theta = 0.3 + 0.4 * np.stack([prior_draws(structure, COUNT, rng) for _ in range(N)])
    for k, name in enumerate(model.parameters.names):
        if name.startswith("input_to_"):
            theta[..., k] *= 0.4
    theta[1] = np.nan

    def source():
        return DrawnSoc(model, lambda k, n: theta[k : k + n], COUNT, forcing)

    found = sites_under_priors(model, portions(source()), N, SHAPES)
    again = sites_under_priors(model, portions(source(), sets=COUNT), N, SHAPES)
    for name in ("effective", "stock", "log_value", "elasticity", "correlation"):
        np.testing.assert_array_equal(getattr(found, name), getattr(again, name))
    assert found.effective[1, 0] == 0 and np.isnan(found.stock[1]).all()
    assert found.reasons["no_parameters"] == 1
    some = np.flatnonzero(found.effective[:, 0])
    assert len(some) >= 3
    for i in some:
        physical = model.physical(theta[i])
        run = processes_of(model, physical, forcing.take([i]))
        logs = np.log([run[MECHANISMS[k].value] for k in (EFFICIENCY, RATE)])
        for k, shape in enumerate(SHAPES):
            w = prior_weights(model, physical, shape)
            assert found.effective[i, k] == pytest.approx(w.sum() ** 2 / (w**2).sum())
            mean = np.average(run["soc_stock"], weights=w)
            assert found.stock[i, k] == pytest.approx(mean, rel=1e-10)
            covariance = np.cov(logs, aweights=w, ddof=0)
            expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
            assert found.correlation[i, k] == pytest.approx(expected, abs=1e-8)
            assert found.log_sd[i, k, RATE] == pytest.approx(np.sqrt(covariance[1, 1]), rel=1e-6)
    # Whatever the draws, the stock is inverse to the environmental modifier.
    inverse = found.elasticity[some, :, MECHANISMS.index(ENVIRONMENT)]
    np.testing.assert_allclose(inverse, -1.0, rtol=1e-7)


@pytest.fixture
def three_sites():
    """Two priors; the third site has too few effective draws under the second."""
    log_value = np.zeros((3, 2, 6))
    log_value[:, 0, RATE] = [-1.0, 0.0, 1.0]
    log_value[:, 1, RATE] = [-0.1, 0.1, 9.0]
    log_value[:, :, EFFICIENCY] = [[-0.2], [0.2], [0.0]]
    elasticity = np.tile([1.0, 0.1, -1.0, 2.5, 0.5, -1.0 - 1e-13], (3, 2, 1))
    return SitesUnderPriors(
        effective=np.array([[100.0, 50.0], [100.0, 40.0], [100.0, 3.0]]),
        stock=np.full((3, 2), 1e4),
        log_value=log_value,
        log_sd=np.full((3, 2, 6), 0.1),
        elasticity=elasticity,
        correlation=np.array([[0.2, 0.1], [0.8, 0.3], [0.9, np.nan]]),
        beyond=np.zeros((3, 2)),
    )


def test_ranking_by_hand(three_sites):
    table = prior_ranking(three_sites, np.ones(3, bool), PRIORS, 30.0)
    run, narrow = (table[table["prior_shape"] == one].set_index("mechanism") for one in (1.0, 4.0))
    assert run.loc["decomposition", "per_spatial_sd_percent"] == pytest.approx(
        -100 * np.sqrt(2 / 3)
    )
    assert run.loc["decomposition", "per_spatial_sd_rank"] == 1
    assert narrow.loc["carbon_use_efficiency", "per_spatial_sd_percent"] == pytest.approx(50.0)
    assert narrow.loc["carbon_use_efficiency", "per_spatial_sd_rank"] == 1
    # At the same two sites under the run's prior: sd of -1 and 0 times 1, and 0.2 times 2.5.
    ranks = narrow["per_spatial_sd_rank_run_prior"]
    assert ranks["decomposition"] == ranks["carbon_use_efficiency"] == 1
    assert list(run.loc[["carbon_input", "environment"], "per_percent_rank"]) == [2, 2]
    assert run.loc["carbon_use_efficiency", "per_posterior_sd_percent"] == pytest.approx(25.0)
    assert (run["sites"] == 3).all() and (narrow["sites"] == 2).all()
    assert (narrow["sites_without"] == 1).all()
    assert run["median_correlation"].iloc[0] == pytest.approx(0.8)
    assert narrow["prior_sd_theta"].iloc[0] == pytest.approx(1 / 6)
    none = prior_ranking(three_sites, np.zeros(3, bool), PRIORS, 30.0)
    assert none["per_percent_percent"].isna().all() and (none["sites"] == 0).all()


def site_values():
    """Two used sites, one that is not, and one without values."""
    correlation = np.full((4, 6, 6), np.nan)
    correlation[:3, EFFICIENCY, RATE] = [0.9, 0.3, -1.0]
    mean = np.full((4, 6), np.nan)
    mean[:3] = 0.25
    names = [one.name for one in MECHANISMS]
    return xr.Dataset(
        {
            "correlation": (("profile", "mechanism", "other_mechanism"), correlation),
            "mean": (("profile", "mechanism"), mean),
            "log_sd": (("profile", "mechanism"), 2 * mean),
            "units_of_mean": ("mechanism", np.array(["1"] * 6, dtype=object)),
        },
        coords={"mechanism": names},
    )


def test_tables_are_of_the_used_sites(three_sites):
    used = np.array([True, True, False, True])
    table = correlation_table(site_values(), used).set_index(["mechanism", "other"])
    row = table.loc["carbon_use_efficiency", "decomposition"]
    assert (row["sites"], row["mean"], row["median"]) == (2, pytest.approx(0.6), pytest.approx(0.6))
    assert row["strong_percent"] == 50 and len(table) == 15
    assert table.loc["decomposition", "carbon_input"]["sites"] == 0
    values = values_table(site_values(), used)
    assert (values["sites"] == 2).all() and (values["sites_without"] == 1).all()
    assert set(values.query("quantity == 'posterior_sd_log_value'")["median"]) == {0.5}

    ranking = prior_ranking(three_sites, np.ones(3, bool), PRIORS, 30.0)
    figure = draw_identifiability(table.reset_index(), ranking)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == [
        "Carbon use efficiency - baseline decomposition"
    ]
    assert not figure.get_supxlabel()
    doubtful = draw_identifiability(table.reset_index(), ranking, "2 of 3 are not certified")
    assert doubtful.get_supxlabel() == "* 2 of 3 are not certified"
    lines = figure.axes[1].get_lines()[: len(MECHANISMS)]
    np.testing.assert_allclose(lines[EFFICIENCY].get_ydata(), [2.5, 2.5])
    with pytest.raises(InputError, match="pairs of mechanisms"):
        draw_identifiability(pd.DataFrame(), ranking)
