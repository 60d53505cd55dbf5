"""Predictive checks: uniform where the model is right, and which wrong it is elsewhere."""

import netCDF4
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from posterior_cases import write_inputs
from proda.data.forcing import load_site_forcing
from proda.errors import InputError
from proda.evaluation.predictive import STREAM, check_coverage, pit_table, pit_values
from proda.figures.predictive import draw_predictive
from proda.inference.error_distribution import ErrorDistribution
from proda.model import MatrixModel
from proda.parameters.draws import write_draws
from proda.parameters.methods import NEURAL_NETWORK, ONE_BATCH, blocked_name
from proda.streams import profile_stream
from site_cases import random_theta

MODEL = MatrixModel("clm45-10")
LIKELIHOOD = {"error_model": "lognormal", "relative_error": 0.4}


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """Profiles whose observations are drawn from the predictive distribution of the draws."""
    folder = tmp_path_factory.mktemp("predictive")
    rng = np.random.default_rng(7)
    n = 80
    observations, forcing = write_inputs(folder, n)
    centre = random_theta(rng, 1)
    theta = centre + 0.1 * (random_theta(rng, 40) - centre)
    write_draws(folder / "draws.nc", MODEL, theta)
    with netCDF4.Dataset(forcing, "a") as file:
        for name in ("lon", "lat", "cell"):
            file.createVariable(name, "f8", ("profile",))[:] = 0.0
    columns = columns_of(forcing)
    with netCDF4.Dataset(observations, "a") as file:
        ends = np.cumsum(file["row_size"][:])
        file.createVariable("depth", "f8", ("horizon",))[:] = rng.uniform(0.0, 2.0, ends[-1])
        operator = np.clip(file["operator"][:], 0.0, None)  # positive, unlike the spline
        file["operator"][:] = operator
        file["weight"][:] = 1.0
        for i in range(n):
            rows = slice(ends[i] - file["row_size"][i], ends[i])
            physical = MODEL.physical(theta[[rng.integers(len(theta))]])
            soc = MODEL.soc(MODEL.steady_state_in(physical, columns[i][None]))[0]
            errors = ErrorDistribution("lognormal", 0.4)
            file["value"][rows] = errors.sample(operator[rows] @ soc, rng)
    return folder / "draws.nc", observations, forcing


def columns_of(path):
    return MODEL.columns(load_site_forcing(path)[1])


def pit(case, **changes):
    return pit_values(MODEL, ONE_BATCH.name, *case, LIKELIHOOD | changes, 2020)


def one_per_profile(case, values):
    """The first horizons: those of a profile have one parameter set in common."""
    with netCDF4.Dataset(case[1]) as file:
        sizes = np.asarray(file["row_size"][:])
    return values[np.cumsum(sizes) - sizes]


def test_pit_is_uniform_where_draws_and_errors_are_right(case):
    values = one_per_profile(case, pit(case))
    assert stats.kstest(values, "uniform").pvalue > 0.01


@pytest.mark.parametrize(
    ("change", "sign"), [({"relative_error": 0.05}, 1), ({"relative_error": 4.0}, -1)]
)
def test_errors_too_small_or_large_show_in_the_coverage(case, change, sign):
    distance = np.abs(pit(case, **change) - 0.5)
    assert sign * (distance.mean() - np.abs(pit(case) - 0.5).mean()) > 0.01


def test_the_mean_over_draws_of_the_distribution_function(case):
    """By hand for the first profile."""
    draws, observations, forcing = case
    with netCDF4.Dataset(draws) as file:
        theta = np.asarray(file["theta"][:])
    column = columns_of(forcing)[0]
    soc = MODEL.soc(MODEL.steady_state_in(MODEL.physical(theta), np.repeat(column[None], 40, 0)))
    with netCDF4.Dataset(observations) as file:
        rows = slice(0, int(file["row_size"][0]))
        operator, value = np.asarray(file["operator"][rows]), np.asarray(file["value"][rows])
    expected = [
        np.mean([stats.norm.cdf(np.log(o / (row @ one)) / 0.4) for one in soc])
        for row, o in zip(operator, value, strict=True)
    ]
    np.testing.assert_allclose(pit(case)[rows], expected, rtol=1e-9)


def test_an_estimated_relative_error_is_that_of_each_draw(case, tmp_path):
    path = tmp_path / "one_batch.nc"
    path.write_bytes(case[0].read_bytes())
    with netCDF4.Dataset(path, "a") as file:
        variable = file.createVariable("relative_error", "f8", ("draw",))
        variable[:] = 0.9
        variable.error_model = "lognormal"
        file.createVariable("mean_over_median", "f8", ("draw",))[:] = 1.1
    found = pit((path, *case[1:]))
    np.testing.assert_allclose(found, pit(case, relative_error=0.9), rtol=1e-12)
    with netCDF4.Dataset(path, "a") as file:
        file.renameVariable("relative_error", "another")
        file.createVariable("relative_error", "f8", ("parameter",))[:] = 0.9
    with pytest.raises(InputError, match="axes draw, or profile and draw"):
        pit((path, *case[1:]))


def test_a_censored_observation_is_anywhere_below_its_limit(case, tmp_path):
    path = tmp_path / "observations.nc"
    path.write_bytes(case[1].read_bytes())
    with netCDF4.Dataset(path, "a") as file:
        file["censored"][:3] = 1.0
    found, full = pit((case[0], path, case[2])), pit(case)
    assert (found[:3] < full[:3]).all()
    np.testing.assert_array_equal(found[3:], full[3:])


# --- tables --------------------------------------------------------------------------------------

PAIRS = pd.DataFrame(
    {
        "profile": [0, 0, 1, 1, 2, 3],
        "depth_m": [0.1, 0.5, 0.2, 1.5, 0.1, 0.2],
    }
)
PROFILES = pd.DataFrame(
    {"used": [True, True, True, False], "role": ["training", "test", "validation", ""]}
)


def test_sets_of_sites():
    values = np.linspace(0.1, 0.9, 6)
    names = (ONE_BATCH.name, NEURAL_NETWORK.name, blocked_name(NEURAL_NETWORK.name))
    table = pit_table(PAIRS, PROFILES, dict.fromkeys(names, values))
    counts = table.groupby(["method", "sites"]).size().to_dict()
    assert counts == {
        (ONE_BATCH.name, "training"): 5,
        (NEURAL_NETWORK.name, "training"): 3,
        (NEURAL_NETWORK.name, "held_out"): 2,
        (NEURAL_NETWORK.name, "cross_validation"): 5,
    }
    with pytest.raises(InputError, match="6 horizons, found 2"):
        pit_table(PAIRS, PROFILES, {ONE_BATCH.name: values[:2]})


def test_coverage_by_depth():
    values = np.array([0.5, 0.1, 0.74, 0.97, np.nan, 0.5])
    coverage = check_coverage(pit_table(PAIRS, PROFILES, {ONE_BATCH.name: values}))
    by_depth = coverage.set_index("depth")
    assert by_depth["horizons"].to_dict() == {
        "all": 4,
        "0-30 cm": 2,
        "30-100 cm": 1,
        "below 100 cm": 1,
    }
    assert by_depth["coverage_50"].tolist() == [0.5, 1.0, 0.0, 0.0]
    assert by_depth["coverage_90"].tolist() == [0.75, 1.0, 1.0, 0.0]
    assert by_depth.loc["all", "pit_mean"] == pytest.approx(np.mean([0.5, 0.1, 0.74, 0.97]))
    # Each of the two profiles has one horizon inside and one outside.
    assert by_depth.loc["all", "coverage_50_se"] == 0.0


def test_standard_errors_count_profiles_not_horizons():
    rng = np.random.default_rng(0)
    profile = np.repeat(np.arange(400), 5)
    pairs = pd.DataFrame({"profile": profile, "depth_m": 0.1})
    profiles = pd.DataFrame({"used": np.ones(400, dtype=bool), "role": ""})
    together = rng.random(400)[profile]  # the horizons of a profile are all alike
    coverage = check_coverage(pit_table(pairs, profiles, {ONE_BATCH.name: together})).iloc[0]
    expected = np.sqrt(0.9 * 0.1 / 400)
    assert coverage["coverage_90_se"] == pytest.approx(expected, rel=0.2)


def test_figure_has_a_row_per_method():
    rng = np.random.default_rng(0)
    pairs = pd.DataFrame({"profile": np.arange(300) % 100, "depth_m": rng.uniform(0, 2, 300)})
    profiles = pd.DataFrame({"used": True, "role": ["training", "test"] * 50})
    names = (NEURAL_NETWORK.name, ONE_BATCH.name, blocked_name(NEURAL_NETWORK.name))
    table = pit_table(pairs, profiles, {name: rng.random(300) for name in names})
    figure = draw_predictive(table, check_coverage(table))
    labels = [axis.get_ylabel() for axis in figure.axes[::2]]
    assert len(figure.axes) == 4 and labels[0] == ONE_BATCH.label
    heights = [patch.get_data().values for patch in figure.axes[2].patches]
    assert len(heights) == 3 and all(np.mean(h) == pytest.approx(1.0) for h in heights)
    texts = {text.get_text() for text in figure.legends[0].get_texts()}
    assert texts == {"training", "random sites held out", "cross-validation"}
    drawn = {line.get_linestyle() for line in figure.legends[0].get_lines()}
    assert drawn == {"-", "--", ":"}
    with pytest.raises(InputError, match="a method with an observed horizon"):
        draw_predictive(table[:0], check_coverage(table)[:0])


def test_a_profile_called_like_the_check_has_a_stream_of_its_own():
    assert profile_stream(STREAM) != STREAM
