"""In both synthetic globes sensitivity and control find the mechanism that governs the stock."""

import numpy as np
import pytest

from proda.analysis.control import COMPONENTS, RANKED, constant_of_sites, mean_climate
from proda.analysis.control_effects import control_at_sites, control_of_stock, control_skill
from proda.analysis.places import portions
from proda.analysis.sensitivity import mean_parameters, sensitivity
from proda.config.sections.analysis import CHOICES
from proda.data.region import read_region
from proda.model.layout import ENTRIES
from proda.model.mechanisms import (
    CARBON_INPUT,
    CARBON_USE_EFFICIENCY,
    ENVIRONMENT,
    MECHANISMS,
)
from proda.projection.soc import DrawnSoc
from proda.resources import resource
from proda.twin.globe import GlobalTwinConfig
from proda.twin.globe.world import Globe

GOVERNED_BY = {"cue": CARBON_USE_EFFICIENCY, "environment": ENVIRONMENT}
SETTINGS = {"format": "globe", "n_profiles": 40, "resolution": 10.0, "clm_years": 2}
# Carbon input differs by the same in both worlds and is no mechanism of their comparison.
COMPARED = [one for one in MECHANISMS if one is not CARBON_INPUT]


@pytest.fixture(scope="module", params=GOVERNED_BY)
def world(request, tmp_path_factory):
    """The mechanism; model, true parameters, forcing and area of the cells."""
    settings = GlobalTwinConfig.of(SETTINGS | {"governed_by": request.param})
    folder, region = tmp_path_factory.mktemp("globe"), read_region(resource("world.geojson"))
    globe = Globe(folder, settings, region)
    cell = globe.columns.cell
    theta = globe.truth.theta(globe.covariates_at(cell))
    forcing = globe.columns.forcing(np.arange(len(cell)))
    area = globe.places.cells.land_area_m2[cell]
    return GOVERNED_BY[request.param], globe.model, theta, forcing, area


def places(model, theta, forcing):
    return portions(DrawnSoc(model, lambda k, n: theta[k : k + n, None], 1, forcing))


def test_by_sensitivity(world):
    governing, model, theta, forcing, area = world
    source = DrawnSoc(model, lambda k, n: theta[k : k + n, None], 1, forcing)
    mean = mean_parameters(source, area)
    np.testing.assert_allclose(mean[0], np.average(theta, axis=0, weights=area))
    found = sensitivity(model, portions(source), 1, area, mean)
    per_percent = np.abs(found.per_log_value[0, -1])
    for effect in (found.by_variation[0, -1], found.log_value_sd[0] * per_percent):
        compared = {one: effect[MECHANISMS.index(one)] for one in COMPARED}
        assert max(compared, key=compared.get) is governing
    # Its own parameters do it, not the climate alone.
    by_variation = {one: found.by_variation[0, -1, MECHANISMS.index(one)] for one in COMPARED}
    assert by_variation.pop(governing) > 3 * max(by_variation.values())
    # Per cent for per cent efficiency is first in any world, which is why it tells nothing of it.
    assert MECHANISMS[per_percent.argmax()] is CARBON_USE_EFFICIENCY


@pytest.mark.parametrize("choice", [CHOICES[0], CHOICES[2]])
def test_by_control(world, choice):
    governing, model, theta, forcing, area = world
    columns = model.columns(forcing)
    constant = constant_of_sites(model, choice, theta, columns[:, ENTRIES], None)
    inputs = [constant], mean_climate([columns])
    stocks = control_of_stock(model, places(model, theta, forcing), 1, area, *inputs)
    absolute = {one: stocks.absolute[0, 0, 1 + MECHANISMS.index(one), -1] for one in COMPARED}
    assert max(absolute, key=absolute.get) is governing

    n, layers = len(theta), [4, 8]
    operator = np.tile(np.eye(20)[layers], (n, 1))
    runs = control_at_sites(
        model, places(model, theta, forcing), [[constant]], np.zeros(n, int), inputs[1], operator,
        np.full(n, 2),
    )  # fmt: skip
    table = control_skill(
        {("", one.name): soc for one, soc in zip(COMPONENTS, runs.modelled[0], strict=True)},
        runs.modelled[0, 0],
        np.tile(model.grid.node[layers], n),
        np.tile(model.grid.thickness[layers], n),
        np.repeat(np.arange(n), 2),
        np.arange(n) // 5,
        np.ones(n, bool),
        seed=1,
        resamples=50,
    )
    every = table[table["depth"] == "all"].set_index("component")
    names = [one.name for one in COMPARED]
    assert list(RANKED) == names
    assert every.loc[names, "r2_one_to_one"].idxmin() == governing.name
    unexplained = every["unexplained_variation"]
    assert unexplained[names].drop(governing.name).max() < unexplained[governing.name] / 3
    assert every.loc[governing.name, "first_percent"] == 100.0
