"""Every named choice of a structure: what it does, and that the default is the study's."""

import numpy as np
import pytest

from model_cases import annual, monthly
from proda.errors import InputError
from proda.model import MatrixModel
from proda.model.layout import (
    LITTER_SCALAR,
    LOWER_CONDUCTANCE,
    SOIL_SCALAR,
    SOURCE,
    TO_SLOW,
    UPPER_CONDUCTANCE,
)
from proda.model.switches import Switches

CENTRAL = {"clm45-10": np.full(25, 0.5), "clm5-20": np.full(21, 0.5)}
FLOOR = 1e-27  # m d-1, more than any face next to a layer that does not mix


def workspace(structure, forcing, theta=None, **switches):
    model = MatrixModel(structure, **switches)
    return model.coefficients(CENTRAL[structure] if theta is None else theta, forcing)[1]


def mixes(structure, forcing, **switches):
    """Which faces mix, (layers - 1,)."""
    return workspace(structure, forcing, **switches)[UPPER_CONDUCTANCE, :-1] > FLOOR


@pytest.mark.parametrize("structure", CENTRAL)
def test_century_normalisation_is_0_82_at_q10_of_1_5(structure):
    theta = CENTRAL[structure].copy()
    theta[2] = (1.5 - 1.2) / 1.8
    forcing = {"clm45-10": annual(), "clm5-20": monthly()}[structure]
    plain = workspace(structure, forcing, theta)
    normalised = workspace(structure, forcing, theta, century_normalisation=True)
    for row in (LITTER_SCALAR, SOIL_SCALAR):
        np.testing.assert_allclose(normalised[row] / plain[row], 0.820595, rtol=1e-6)


def water(potential, saturated, **switches):
    """The water scalar of uniform soil, seen in the product of scalars; saturated: theta."""
    theta = CENTRAL["clm45-10"].copy()
    theta[24] = saturated
    wet, soil = (
        workspace("clm45-10", annual(potential=value), theta, **switches)[SOIL_SCALAR, 0]
        for value in (0.0, potential)
    )
    return soil / wet


def test_water_scalar_is_logarithmic_between_the_driest_and_the_saturated_potential():
    # -0.0075 MPa is the middle of the prior of the saturated potential.
    for potential in (-0.01, -0.1, -1.0):
        expected = np.log(-25 / potential) / np.log(-25 / -0.0075)
        assert water(potential, 0.5) == pytest.approx(expected, rel=1e-12)
    assert water(-0.0075, 0.5) == water(-0.001, 0.5) == 1.0
    # At the end of the prior only water at 0 MPa is wet enough.
    assert water(-0.001, 1.0) == 0.25


def test_water_scalar_floor():
    assert water(-20.0, 0.5) == 0.25
    assert water(-20.0, 0.5, water_scalar_floor=0.0) == pytest.approx(
        np.log(25 / 20) / np.log(25 / 0.0075), rel=1e-12
    )
    assert water(-20.0, 0.5, water_scalar_floor=0.6) == 0.6


def test_driest_water_potential_and_scalar_of_drier_soil():
    assert water(-30.0, 0.5) == 0.25
    assert water(-30.0, 0.5, water_scalar_floor=0.0) == pytest.approx(0.001)
    none = {"water_scalar_floor": 0.0, "dry_water_scalar": 0.02}
    assert water(-30.0, 0.5, **none) == pytest.approx(0.02)
    assert water(-3.0, 0.5, driest_water_potential=-2.0, **none) == pytest.approx(0.02)
    assert water(-1.0, 0.5, driest_water_potential=-2.0, **none) == pytest.approx(
        np.log(2.0) / np.log(2 / 0.0075), rel=1e-12
    )


def test_active_layer_of_exactly_5_m():
    """The study mixes nothing there; the switch makes it the deepest cryoturbated one."""
    assert not mixes("clm45-10", annual(5.0)).any()
    assert mixes("clm45-10", annual(5.0), mixing_at_cryoturbation_limit=True).all()
    for depth in (4.999999, 5.000001):
        assert mixes("clm45-10", annual(depth)).all()
    exact, below = (
        workspace("clm45-10", annual(depth), mixing_at_cryoturbation_limit=True)
        for depth in (5.0, 4.999999)
    )
    np.testing.assert_array_equal(exact[UPPER_CONDUCTANCE], below[UPPER_CONDUCTANCE])
    assert mixes("clm5-20", monthly(2.0)).any()
    assert not mixes("clm5-20", monthly(2.0), mixing_at_cryoturbation_limit=False).any()


def test_active_layer_of_exactly_1_cm():
    assert not mixes("clm45-10", annual(0.01)).any()
    assert mixes("clm45-10", annual(0.01), mixing_at_min_active_layer=True).any()
    assert mixes("clm45-10", annual(0.0100001)).any()
    assert not mixes("clm45-10", annual(0.0095)).any()
    assert mixes("clm45-10", annual(0.0095), min_active_layer=0.005).any()
    # The later study mixes every column that ever thaws.
    assert mixes("clm5-20", monthly(0.021)).any()
    assert not mixes("clm5-20", monthly(0.0)).any()
    assert not mixes("clm5-20", monthly(0.021), min_active_layer=0.1).any()


@pytest.mark.parametrize(("structure", "limit"), [("clm45-10", 5.0), ("clm5-20", 2.0)])
def test_cryoturbation_turns_into_bioturbation(structure, limit):
    """Bioturbation has half the diffusivity of cryoturbation or less in the priors' middles."""
    column = {"clm45-10": annual, "clm5-20": monthly}[structure]

    def surface(alt, **switches):
        return workspace(structure, column(alt), **switches)[UPPER_CONDUCTANCE, 0]

    cryo, bio = 8.15e-4, 2.65e-4
    assert surface(limit + 0.1) / surface(limit - 0.1) == pytest.approx(bio / cryo, rel=1e-12)
    moved = {"cryoturbation_active_layer": 1.0}
    assert surface(0.9, **moved) / surface(1.1, **moved) == pytest.approx(cryo / bio, rel=1e-12)


def test_cryoturbation_ends_at_a_multiple_of_the_active_layer():
    """Nodes above three times 0.1 m mix: the first five of them, so four faces and their like."""
    assert mixes("clm45-10", annual(0.1)).tolist() == [True] * 4 + [False] * 5
    twice = mixes("clm45-10", annual(0.1), cryoturbation_end_factor=2.0)
    assert twice.tolist() == [True] * 3 + [False] * 6
    fixed = mixes("clm45-10", annual(0.1), cryoturbation_end_factor=0.0, cryoturbation_depth=2.0)
    assert fixed.tolist() == [True] * 8 + [False]


def test_no_cryoturbation_below_a_depth():
    """At interfaces of the 20 layers, 3 m: 2.72 is the last one, in both neighbours of a face."""
    assert mixes("clm5-20", monthly(1.5)).tolist() == [True] * 12 + [False] * 7
    deeper = mixes("clm5-20", monthly(1.5), cryoturbation_depth=5.0)
    assert deeper.tolist() == [True] * 15 + [False] * 4
    shallow = mixes("clm45-10", annual(4.0), cryoturbation_depth=1.0)
    assert shallow.tolist() == [True] * 6 + [False] * 3


def test_no_bioturbation_below_a_depth():
    assert mixes("clm45-10", annual(6.0)).all()
    shallow = mixes("clm45-10", annual(6.0), bioturbation_depth=1.5)
    assert shallow.tolist() == [True] * 7 + [False] * 2
    assert mixes("clm5-20", monthly(3.0)).all()
    limited = mixes("clm5-20", monthly(3.0), bioturbation_depth=5.0)
    assert limited.tolist() == [True] * 15 + [False] * 4


def test_mixing_at_interfaces_or_nodes():
    """Nodes of layers 1 to 5 (0.21 m) but interfaces of 1 to 4 only (0.29 m) are above 0.24 m."""
    ends_at = {"cryoturbation_end_factor": 3.0}
    assert mixes("clm45-10", annual(0.08), **ends_at).sum() == 4
    assert mixes("clm45-10", annual(0.08), mixing_at_interfaces=True, **ends_at).sum() == 3


def test_floor_conductance_and_floor_advection():
    """Where nothing mixes: 1e-30 m2 d-1 over the node spacing; advection in the lower balance."""
    w = workspace("clm45-10", annual(0.0))
    spacing = np.diff(MatrixModel("clm45-10").grid.node)
    np.testing.assert_allclose(w[UPPER_CONDUCTANCE, :-1], 1e-30 / spacing, rtol=1e-14)
    np.testing.assert_array_equal(w[UPPER_CONDUCTANCE], w[LOWER_CONDUCTANCE])
    w = workspace("clm45-10", annual(0.0), floor_advection=1e-30)
    power_law = (1 - 0.1 * spacing) ** 5
    np.testing.assert_allclose(w[UPPER_CONDUCTANCE, :-1], power_law * 1e-30 / spacing, rtol=1e-14)
    np.testing.assert_allclose(
        w[LOWER_CONDUCTANCE, :-1], (power_law / spacing + 1) * 1e-30, rtol=1e-14
    )
    # Not where the column mixes.
    mixed = [
        workspace("clm45-10", annual(6.0), floor_advection=value)[LOWER_CONDUCTANCE]
        for value in (0.0, 1e-30)
    ]
    np.testing.assert_array_equal(*mixed)


def test_input_depth():
    """The last layer is filled to 3.8 m only; a shallower limit leaves layers without input."""
    source = workspace("clm45-10", annual(1.0))[SOURCE : SOURCE + 4]
    assert (source > 0).all()
    limited = workspace("clm45-10", annual(1.0), input_depth=0.5)[SOURCE : SOURCE + 4]
    assert (limited[:, :6] > source[:, :6]).all()
    assert (limited[:, 6] > 0).all()
    assert (limited[:, 6] < source[:, 6]).all()
    assert (limited[:, 7:] == 0).all()
    np.testing.assert_allclose(limited.sum(axis=1), source.sum(axis=1), rtol=1e-14)


def test_input_by_layer():
    layers = np.arange(80.0).reshape(4, 20)
    forcing = monthly(litter_input_by_layer=layers)
    thickness = MatrixModel("clm5-20").grid.thickness
    source = workspace("clm5-20", forcing, input_by_layer=True)[SOURCE : SOURCE + 4]
    np.testing.assert_allclose(source, layers * thickness / 365, rtol=1e-15)
    ignored = workspace("clm5-20", forcing)[SOURCE : SOURCE + 4]
    np.testing.assert_array_equal(ignored, workspace("clm5-20", monthly())[SOURCE : SOURCE + 4])


def test_transfers_from_texture():
    sand = np.linspace(0, 100, 10)
    forcing = annual(sand=sand)
    w = workspace("clm45-10", forcing, transfers_from_texture=True)
    np.testing.assert_allclose(w[TO_SLOW], 0.826 - 0.0068 * sand, rtol=1e-14)
    np.testing.assert_allclose(workspace("clm45-10", forcing)[TO_SLOW], 0.2, rtol=1e-14)


def test_defaults_are_the_studies():
    ten, twenty = (MatrixModel(name).switches for name in CENTRAL)
    different = {name for name in Switches._fields if getattr(ten, name) != getattr(twenty, name)}
    assert ten == Switches()
    assert different == {
        "water_from_potential", "input_from_npp", "mixing_at_interfaces", "input_depth",
        "cryoturbation_active_layer", "mixing_at_cryoturbation_limit", "min_active_layer",
        "cryoturbation_end_factor", "cryoturbation_depth", "bioturbation_depth",
    }  # fmt: skip


def test_unknown_switch():
    with pytest.raises(InputError, match=r"switch: expected one of century_.*found water_floor"):
        MatrixModel("clm45-10", water_floor=0.0)


@pytest.mark.parametrize(
    ("switch", "value", "expected"),
    [
        ("water_scalar_floor", "high", "a number, found 'high'"),
        ("water_scalar_floor", True, "a number, found True"),
        ("water_scalar_floor", float("nan"), "a number, found nan"),
        ("century_normalisation", "false", "true or false, found 'false'"),
        ("century_normalisation", 1, "true or false, found 1"),
        ("water_from_potential", False, "True, as the forcing of clm45-10 has it, found False"),
        ("input_from_npp", False, "True, as the forcing of clm45-10 has it, found False"),
        ("input_by_layer", True, "False where input is from NPP, found True"),
    ],
)
def test_values_that_a_switch_cannot_take(switch, value, expected):
    with pytest.raises(InputError) as raised:
        MatrixModel("clm45-10", **{switch: value})
    assert f"switch {switch}: expected {expected}" in str(raised.value)


def test_a_whole_number_is_a_number():
    assert MatrixModel("clm45-10", driest_water_potential=-2).switches.driest_water_potential == -2
