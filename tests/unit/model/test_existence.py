"""Carbon that enters a layer which cannot lose it: no steady state, named by row, layer, cause."""

from dataclasses import replace

import numpy as np
import pytest

from model_cases import annual, annual_draws, monthly, monthly_draws
from proda.errors import InputError
from proda.model import MatrixModel

TWENTY = MatrixModel("clm5-20")
THETA = np.full(21, 0.5)
ARTICLE = {"water": "a", "oxygen": "an", "nitrogen": "a"}


def scalar(value=0.9, months=slice(None), layers=slice(None), then=0.0):
    """(12, 20) of ``value``, with ``then`` in the given months and layers."""
    array = np.full((12, 20), value)
    array[months, layers] = then
    return array


def refusal(forcing, model=TWENTY, theta=THETA):
    with pytest.raises(InputError) as raised:
        model.steady_state(theta, forcing)
    return str(raised.value)


@pytest.mark.parametrize(
    ("factor", "pool"),
    [("water", "CWD"), ("oxygen", "CWD"), ("nitrogen", "L1")],
)
@pytest.mark.parametrize("alt", [0.0, 1.2, 10.0])
@pytest.mark.parametrize("tiny", [0.0, 1e-30, 1e-300])
def test_a_scalar_of_zero_everywhere(factor, pool, alt, tiny):
    message = refusal(monthly(alt=alt, **{factor: scalar(then=tiny)}))
    assert message.startswith("forcing[0], layer 1: expected soil that can lose the carbon")
    assert (
        f"enters {pool}, found {ARTICLE[factor]} {factor} scalar of {tiny:.3g} in all months"
        in message
    )


def test_zero_in_some_months_is_a_steady_state():
    for factor in ("water", "oxygen", "nitrogen"):
        pools = TWENTY.steady_state(THETA, monthly(**{factor: scalar(months=slice(0, 11))}))
        assert np.isfinite(pools).all()
        assert pools.max() < 1e7


def test_months_of_water_without_oxygen():
    """Each alone has its months; together they have none."""
    message = refusal(monthly(water=scalar(months=slice(0, 6)), oxygen=scalar(months=slice(6, 12))))
    assert "layer 1" in message
    assert "scalars whose product is 0 on average" in message


def test_a_still_layer_below_the_mixing():
    """Cryoturbation ends at 3 m: layer 15 keeps its litter. Above, litter moves to be decomposed;
    woody debris does not move.
    """
    nitrogen_free = {"nitrogen": scalar(layers=14)}
    message = refusal(monthly(alt=1.2, **nitrogen_free))
    assert "forcing[0], layer 15" in message and "enters L1" in message
    assert "no mixing to a layer where it decomposes" in message
    assert np.isfinite(TWENTY.steady_state(THETA, monthly(alt=10.0, **nitrogen_free))).all()
    mixed = TWENTY.steady_state(THETA, monthly(alt=1.2, nitrogen=scalar(layers=4)))[0]
    assert mixed.max() < 1e7
    assert "layer 5: expected soil that can lose the carbon that enters CWD" in refusal(
        monthly(alt=10.0, water=scalar(layers=4))
    )


def test_row_is_the_first_of_those_concerned():
    theta, forcing = monthly_draws(5, seed=60)
    water = forcing.water_scalar.copy()
    water[[2, 4], :, :] = 0.0
    broken = replace(forcing, water_scalar=water)
    assert refusal(broken, theta=theta).startswith("forcing[2], layer 1: ")
    found = TWENTY.without_steady_state(broken)
    assert [(each.row, each.pool, each.layer) for each in found] == [(2, "CWD", 1), (4, "CWD", 1)]
    assert str(found[0]) == "CWD in layer 1: a water scalar of 0 in all months"


def test_rows_beyond_the_first_chunk():
    forcing = monthly().take(np.zeros(2500, dtype=int))
    water = forcing.water_scalar.copy()
    water[[1030, 2499]] = 0.0
    found = TWENTY.without_steady_state(replace(forcing, water_scalar=water))
    assert [each.row for each in found] == [1030, 2499]


def test_columns_that_have_one_are_not_found():
    for name, draws in (("clm45-10", annual_draws), ("clm5-20", monthly_draws)):
        assert MatrixModel(name).without_steady_state(draws(300, seed=61)[1]) == []


def test_layers_without_input_may_stand_still():
    """All input enters the first layer of frozen soil; nothing carries it further down."""
    deep = monthly(alt=0.0, water=scalar(layers=slice(1, None)))
    assert np.isfinite(TWENTY.steady_state(THETA, deep)).all()
    no_litter = monthly(nitrogen=0.0, litter_input=[0.0, 0.0, 0.0, 0.0])
    assert (TWENTY.steady_state(THETA, no_litter) == 0).all()
    # Woody debris ends as litter.
    assert "enters L2" in refusal(monthly(nitrogen=0.0, litter_input=[9.0, 0.0, 0.0, 0.0]))


def test_input_by_layer():
    model = MatrixModel("clm5-20", input_by_layer=True)
    layers = np.zeros((4, 20))
    layers[:, :3] = 10.0
    dry_below_3 = {"water": scalar(layers=slice(3, None)), "litter_input_by_layer": layers}
    assert np.isfinite(model.steady_state(THETA, monthly(**dry_below_3))).all()
    layers[1, 4] = 1e-3
    shallow = monthly(alt=0.0, water=scalar(layers=4), litter_input_by_layer=layers)
    assert "layer 5" in refusal(shallow, model)
    layers[1] = 0.0
    layers[1, 10] = 1.0
    message = refusal(monthly(bedrock=8, litter_input_by_layer=layers), model)
    assert "layer 9: expected" in message and "L1, found all of its input below bedrock" in message


def test_input_below_bedrock_as_in_the_public_code():
    model = MatrixModel("clm5-20", input_below_bedrock=True)
    dry = monthly(bedrock=8, water=scalar(layers=slice(8, None)))
    assert "forcing[0], layer 9" in refusal(dry, model)
    assert np.isfinite(TWENTY.steady_state(THETA, dry)).all()


def test_ten_layers_have_one_as_long_as_the_water_scalar_has_a_floor():
    model = MatrixModel("clm45-10")
    assert np.isfinite(model.steady_state(np.full(25, 0.5), annual(potential=-80.0))).all()
    bare = MatrixModel("clm45-10", water_scalar_floor=0.0, dry_water_scalar=0.0)
    theta = np.full(25, 0.5)
    message = refusal(annual(potential=-80.0), bare, theta)
    assert message.startswith("forcing[0], layer 1: ")
    assert "found a water scalar of 0 (" in message
    potential = np.full(10, -0.5)
    potential[6] = -80.0
    forcing = replace(annual(alt=6.0), soil_water_potential=potential)
    assert "layer 7: expected soil that can lose the carbon that enters CWD" in refusal(
        forcing, bare, theta
    )


def test_temperature_scalar_of_zero():
    given = {"temperature_scalar": scalar(layers=2)}
    assert "layer 3" in refusal(monthly(**given)) and "temperature" in refusal(monthly(**given))
    frozen = np.ones(10)
    frozen[0] = 0.0
    message = refusal(annual(temperature_scalar=frozen), MatrixModel("clm45-10"), np.full(25, 0.5))
    assert "layer 1" in message and "a temperature scalar of 0" in message


def test_one_litter_pool_that_stands_still():
    by_pool = np.full((3, 12, 20), 0.9)
    by_pool[2] = 0.0
    assert "enters L3, found a nitrogen scalar of 0" in refusal(
        monthly(nitrogen_scalar_by_pool=by_pool)
    )
