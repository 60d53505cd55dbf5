"""From the median to the mean over places about one parameter set."""

from dataclasses import replace

import netCDF4
import numpy as np
import pytest

from posterior_cases import OPTIONS, TRAJECTORIES, write_inputs
from proda.data.forcing import load_site_columns
from proda.inference.error_distribution import ErrorDistribution
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.likelihoods import GAMMA, LOGNORMAL, STUDENT_T
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.observations_file import open_observations
from proda.inference.one_batch import run_one_batch
from proda.inference.place_mean import mean_over_median
from proda.streams import named_stream
from site_cases import MODEL, random_forcing, random_theta

DEPTH = np.array([0.05, 0.2, 0.5, 1.0])
OPERATOR = interpolation_matrix(MODEL.grid.node, DEPTH, "linear")
PROFILES = 1500


def places(scatter, weight, seed=1):
    """Columns, a parameter set of two draws, and profiles exp(scatter z) times its median."""
    rng = np.random.default_rng(seed)
    theta = np.repeat(random_theta(rng, 1), 2, axis=0)
    columns = MODEL.columns(random_forcing(rng, PROFILES))
    physical = np.repeat(MODEL.physical(theta)[:1], PROFILES, axis=0)
    median = MODEL.soc(MODEL.steady_state_in(physical, columns)) @ OPERATOR.T
    carbon = median * scatter(rng, PROFILES)[:, None]
    # An error of measurement with mean zero, 30 %.
    noise = ErrorDistribution("lognormal_mean", 0.3).sample(np.ones(carbon.shape), rng)
    seen = [Observations(OPERATOR, one, 0.3 * one, weight) for one in carbon * noise]
    return theta, columns, seen, (weight * carbon).sum() / (weight * median).sum()


def lognormal(rng, n):
    return np.exp(0.6 * rng.normal(size=n))


def short_tailed(rng, n):
    """Median 1, standard deviation of the logarithm 0.7, and an upper tail that ends at 2."""
    return 2.0 * np.sqrt(rng.uniform(0.0, 0.5, n))


@pytest.mark.parametrize("scatter", [lognormal, short_tailed])
@pytest.mark.parametrize("weight", [np.ones(4), np.array([10.0, 0.8, 0.6, 10.0])])
def test_the_mean_of_the_places_is_found_whatever_their_scatter(scatter, weight):
    theta, columns, seen, wanted = places(scatter, weight)
    stream = named_stream(1, "mean over places", 0)
    found = mean_over_median(MODEL, np.repeat(theta, 200, axis=0), columns, seen, stream)
    # The mean over weights is that of equal ones; their spread is the sampling error of profiles.
    assert found.mean() == pytest.approx(wanted, abs=3 * found.std())
    assert found.mean() == pytest.approx(wanted, rel=0.03)
    assert 0.005 < found.std() < 0.06


def test_the_spread_is_that_of_a_resampling_of_profiles():
    theta, columns, seen, _ = places(lognormal, np.ones(4))
    some = 200
    stream = named_stream(1, "mean over places", 0)
    found = mean_over_median(
        MODEL, np.repeat(theta[:1], 2000, axis=0), columns[:some], seen[:some], stream
    )
    physical = np.repeat(MODEL.physical(theta)[:1], some, axis=0)
    median = MODEL.soc(MODEL.steady_state_in(physical, columns[:some])) @ OPERATOR.T
    observed = np.array([one.value.sum() for one in seen[:some]])
    rows = np.random.default_rng(2).integers(some, size=(2000, some))
    resampled = observed[rows].sum(axis=1) / median.sum(axis=1)[rows].sum(axis=1)
    assert found.mean() == pytest.approx(observed.sum() / median.sum(), rel=5e-3)
    assert found.std() == pytest.approx(resampled.std(), rel=0.1)


@pytest.mark.parametrize(
    ("options", "there"),
    [
        (replace(TRAJECTORIES, errors=ErrorSettings(LOGNORMAL, estimated=True)), True),
        (replace(TRAJECTORIES, errors=ErrorSettings(STUDENT_T, estimated=True)), True),
        (replace(TRAJECTORIES, errors=ErrorSettings(GAMMA, estimated=True)), False),
        (replace(TRAJECTORIES, errors=ErrorSettings(LOGNORMAL)), False),
        (OPTIONS, False),
    ],
    ids=["lognormal", "student_t", "gamma", "fixed", "walk"],
)
def test_one_batch_has_it_for_every_draw_where_the_model_is_a_median(tmp_path, options, there):
    """A fixed relative error is that of measurements: the scatter is then no part of the model."""
    inputs = write_inputs(tmp_path, 4)
    run_one_batch(MODEL, *inputs, tmp_path / "out.nc", options, {})
    with netCDF4.Dataset(tmp_path / "out.nc") as file:
        assert ("mean_over_median" in file.variables) == there
        if not there:
            return
        found, theta = file["mean_over_median"][:].data, file["theta"][:].data
    with open_observations(inputs[0]) as reader:
        seen = reader.all()[1]
    _, columns = load_site_columns(inputs[1], MODEL)
    stream = named_stream(2020, "mean over places", 0)
    np.testing.assert_array_equal(found, mean_over_median(MODEL, theta, columns, seen, stream))
