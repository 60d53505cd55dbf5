"""Sites under wider priors: the run's own draws with its bounds, other sites kept apart, files."""

import numpy as np
import pytest

from posterior_cases import OPTIONS, write_inputs
from proda.analysis.places import portions
from proda.analysis.prior_ranking import beta_prior, prior_ranking, sites_under_priors
from proda.analysis.wider_priors import (
    STATISTICS,
    chosen_sites,
    read_refits,
    refit_sites,
    with_refits,
    write_refits,
)
from proda.data.forcing import load_site_forcing
from proda.figures.identifiability import draw_identifiability
from proda.inference.job import run_job
from proda.inference.posterior_file import gather
from proda.model.mechanisms import MECHANISMS
from proda.parameters.draws import open_draws
from proda.projection.soc import DrawnSoc
from site_cases import MODEL

N = 4
POSITIONS = np.array([0, 2])
# The first is that of the run.
FACTORS = [1.0, 8.0]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Statistics of all sites of a run under its prior, and refits of two of them."""
    folder = tmp_path_factory.mktemp("wider")
    inputs = write_inputs(folder, N)
    run_job(MODEL, *inputs, 0, N, folder / "job.nc", OPTIONS, {})
    gather([folder / "job.nc"], folder / "posteriors.nc", (0.0, 1.0), {})
    forcing = load_site_forcing(inputs[1])[1]
    with open_draws(folder / "posteriors.nc", MODEL) as draws:
        source = DrawnSoc(MODEL, draws.at_profiles, draws.n_draws, forcing)
        run = sites_under_priors(MODEL, portions(source), N, [1.0])
    return folder, run, refit_sites(MODEL, *inputs, POSITIONS, FACTORS, OPTIONS, 10_000)


def test_with_the_bounds_of_the_run_sites_have_the_draws_of_the_run(made):
    _, run, refits = made
    assert (run.effective[POSITIONS, 0] > 0).all()
    for name in STATISTICS:
        here, there = getattr(run, name)[POSITIONS, 0], getattr(refits.sites, name)[:, 0]
        np.testing.assert_array_equal(there, here, err_msg=name)
    assert refits.priors[0].sd_theta == pytest.approx(1 / np.sqrt(12))


def test_wider_bounds_are_reached(made):
    refits = made[2]
    assert (refits.sites.beyond[:, 0] == 0).all()
    assert (refits.sites.beyond[:, 1] > 0.1).all() and (refits.sites.beyond[:, 1] <= 1).all()
    table = MODEL.parameters
    k = [table.index(f"{pool}_soc_turnover_time") for pool in ("fast", "slow", "passive")]
    low, high = table.minimum[k], table.maximum[k]
    expected = ((8 * high - low / 8) / (high - low)).mean() / np.sqrt(12)
    assert refits.priors[1].sd_theta == pytest.approx(expected)


def test_ranking_compares_the_same_sites_under_both_priors(made):
    _, run, refits = made
    priors = [beta_prior(1.0), *refits.priors]
    table = prior_ranking(with_refits(run, refits), np.ones(N, bool), priors, 1.0)
    assert list(table["sites"].unique()) == [int((run.effective[:, 0] > 0).sum()), 2]
    same, wide = (table[table["bounds_factor"] == factor] for factor in FACTORS)
    same = same[same["sites"] == 2]
    for name in ("per_percent", "per_spatial_sd", "per_posterior_sd"):
        # Refitted with the bounds of the run, they have its values; so has the column for wider.
        np.testing.assert_allclose(same[f"{name}_percent"], same[f"{name}_percent_run_prior"])
        np.testing.assert_allclose(
            wide[f"{name}_percent_run_prior"], same[f"{name}_percent"].to_numpy()
        )
    assert (wide["per_posterior_sd_percent"].to_numpy() != same["per_posterior_sd_percent"]).any()
    assert (same["beyond_bounds_percent"] == 0).all() and (wide["beyond_bounds_percent"] > 10).all()

    correlations = table[:1].assign(other=MECHANISMS[1].name, median=0.0)
    correlations = correlations.assign(p05=0.0, p25=0.0, p75=0.0, p95=0.0)
    squares = [
        line.get_xdata()
        for line in draw_identifiability(correlations, table).axes[1].get_lines()
        if line.get_marker() == "s"
    ]
    np.testing.assert_allclose(np.concatenate(squares), refits.priors[1].sd_theta)
    assert len(squares) == len(MECHANISMS)


def test_files(made, tmp_path):
    refits = made[2]
    write_refits(tmp_path / "w.nc", refits)
    read = read_refits(tmp_path / "w.nc")
    np.testing.assert_array_equal(read.positions, POSITIONS)
    assert [prior.bounds_factor for prior in read.priors] == FACTORS
    assert read.priors[1].sd_theta == refits.priors[1].sd_theta
    for name in STATISTICS:
        np.testing.assert_array_equal(getattr(read.sites, name), getattr(refits.sites, name))


def test_sites_are_spread_evenly():
    used = np.ones(12, bool)
    used[:2] = False
    np.testing.assert_array_equal(chosen_sites(used, 5), [3, 5, 7, 9, 11])
    np.testing.assert_array_equal(chosen_sites(used, 100), np.arange(2, 12))
    assert not len(chosen_sites(np.zeros(3, bool), 5))
