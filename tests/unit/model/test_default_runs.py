"""CLM's own parameter values through the same kernel."""

import numpy as np
import pytest

from model_cases import annual, monthly
from proda.model import MatrixModel
from proda.model.default_runs import VERSIONS, default_model, default_parameters
from proda.model.layout import SOIL_SCALAR, new_workspace
from proda.model.slots import PARAMETERS
from proda.model.steady_state import coefficients

SAND = {"clm45-10": np.full(10, 40.0), "clm5-20": np.full(20, 40.0)}


def column(structure, **more):
    if structure == "clm45-10":
        return annual(sand=SAND[structure], npp_mean=450.0, **more)
    return monthly(sand=SAND[structure], litter_input_by_layer=np.full((4, 20), 10.0), **more)


def soil_scalar(structure, version, forcing):
    model = default_model(structure, version)
    values = default_parameters(structure, forcing, version)
    workspace = new_workspace(model.grid.n_layers)
    coefficients(values[0], model.columns(forcing)[0], model.grid_rows, model.switches, workspace)
    return workspace[SOIL_SCALAR]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("structure", SAND)
def test_values_are_those_of_the_table(structure, version):
    table = MatrixModel(structure).parameters
    values = default_parameters(structure, column(structure), version)[0]
    stated = table.clm5_default if version == "clm5" else table.clm45_default
    for name, default in zip(table.names, stated, strict=True):
        if np.isfinite(default):
            assert values[PARAMETERS.index(name)] == default
    assert (
        values[PARAMETERS.index("decomposition_efolding_depth")]
        == {"clm5": 10, "clm4.5": 0.5}[version]
    )


def test_what_clm_has_no_value_for():
    """Mean NPP; a fifth of it wood, the rest of leaf and root quality; the commonest root shape."""
    values = default_parameters("clm45-10", column("clm45-10"), "clm5")[0]
    by_name = dict(zip(PARAMETERS, values, strict=True))
    assert by_name["input_position"] == pytest.approx((450 - 300) / (700 - 300))
    assert by_name["input_to_metabolic"] == by_name["input_to_lignin"] == pytest.approx(0.2)
    assert by_name["input_to_cellulose"] == pytest.approx(0.4)
    assert by_name["input_beta"] == 0.943


def test_constant_npp_is_the_input():
    forcing = annual(npp=(450.0, 450.0), npp_mean=450.0, sand=SAND["clm45-10"])
    values = default_parameters("clm45-10", forcing, "clm5")
    assert values[0, PARAMETERS.index("input_position")] == 0.0


def test_clm45_saturates_at_the_potential_of_the_texture():
    """-10 * 10^(1.88 - 0.0131 * 40) mm of water."""
    values = default_parameters("clm45-10", column("clm45-10"), "clm4.5")[0]
    found = values[PARAMETERS.index("saturated_water_potential")]
    assert found == pytest.approx(-226.986e-5 * 0.980665, rel=1e-4)
    clm5 = default_parameters("clm45-10", column("clm45-10"), "clm5")[0]
    assert clm5[PARAMETERS.index("saturated_water_potential")] == -0.002


@pytest.mark.parametrize(("version", "driest"), [("clm5", -2.0), ("clm4.5", -10.0)])
def test_decomposition_stops_at_clms_driest_potential(version, driest):
    wet, at, beyond = (
        soil_scalar("clm45-10", version, column("clm45-10", potential=potential))
        for potential in (0.0, driest * 0.5, driest * 1.01)
    )
    saturated = default_parameters("clm45-10", column("clm45-10"), version)[0, 24]
    np.testing.assert_allclose(at / wet, np.log(2) / np.log(driest / saturated), rtol=1e-12)
    np.testing.assert_allclose(beyond / wet, 1e-6, rtol=1e-12)


def test_cryoturbation_as_in_clm():
    """Up to an active layer of 2 m, that one included; bioturbation at all depths below it."""
    model = default_model("clm45-10", "clm5")
    switches = model.switches
    assert (switches.cryoturbation_active_layer, switches.cryoturbation_depth) == (2.0, 3.0)
    assert switches.mixing_at_cryoturbation_limit
    assert switches.bioturbation_depth == np.inf
    assert default_model("clm5-20", "clm5").switches.input_by_layer


def test_clm45_holds_more_carbon_at_depth():
    """An e-folding depth of 0.5 m instead of 10 m slows decomposition in the subsoil."""
    fraction = {}
    for version in VERSIONS:
        model = default_model("clm5-20", version)
        forcing = column("clm5-20")
        values = default_parameters("clm5-20", forcing, version)
        soc = model.soc(model.steady_state_of(values, forcing))[0]
        fraction[version] = model.stock(soc, 1.0, 8.6) / model.stock(soc, 0.0, 8.6)
    assert fraction["clm4.5"] > fraction["clm5"]


@pytest.mark.parametrize("structure", SAND)
def test_switches_can_be_overridden(structure):
    """The online temperature response of CTSM: carbon in inverse proportion where it can be."""
    forcing = column(structure)
    values = default_parameters(structure, forcing, "clm5")
    plain, online = (
        default_model(structure, "clm5", century_normalisation=on).steady_state_of(values, forcing)
        for on in (False, True)
    )
    np.testing.assert_allclose(plain[0, 0] / online[0, 0], 0.820595, rtol=1e-6)


@pytest.mark.parametrize("structure", SAND)
def test_clm5_normalises_its_temperature_scalar(structure):
    """As CTSM does: 0.82 of the later study's at a Q10 of 1.5."""
    assert default_model(structure, "clm5").switches.century_normalisation
    assert not default_model(structure, "clm4.5").switches.century_normalisation
    off = default_model(structure, "clm5", century_normalisation=False)
    assert not off.switches.century_normalisation
