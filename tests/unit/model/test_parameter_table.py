"""The parameter table: priors, CLM defaults, names."""

import numpy as np
import pytest

from model_cases import STRUCTURES
from proda.errors import InputError
from proda.model import MatrixModel
from proda.model import slots as kernel_slots
from proda.model.parameters import parameter_table
from proda.model.structures import get_structure

# code name, prior minimum and maximum (Tao et al. 2020; the later study), CLM5's value.
TEN = """
diffus 3e-5 5e-4 1e-4      | cryo 3e-5 1.6e-3 5e-4     | q10 1.2 3 1.5        | efolding 0 1 10
tau4cwd 1 10 3.333333      | tau4l1 0 .2 .05405406     | tau4l2l3 .2 1 .20408162
tau4s1 0 1 .1369863        | tau4s2 1 50 5             | tau4s3 200 2000 222.222229
fl1s1 .2 .8 .45            | fl2s1 .2 .8 .5            | fl3s2 .2 .8 .5       | fs1s2 0 .4 nan
fs1s3 0 .03 .004           | fs2s1 .1 .6 .42           | fs2s3 0 .1 .03       | fs3s1 0 1 .45
fcwdl2 .5 1 .76            | ins 0 1 nan               | beta .5 .9999 nan    | p4ll 0 .25 nan
p4ml .05 .7 nan            | p4cl .01 .5 nan           | maxpsi -.015 0 -.002
"""
TWENTY = """
diffus 3e-5 5e-4 1e-4      | cryo 3e-5 1.6e-3 5e-4     | q10 1.2 3 1.5        | efolding 0 1 10
taucwd 1 6 3.333333        | taul1 0 .11 .05405406     | taul2 .1 .3 .20408162
tau4s1 0 1 .1369863        | tau4s2 1 50 5             | tau4s3 200 1000 222.222229
fl1s1 .1 .8 .45            | fl2s1 .2 .8 .5            | fl3s2 .2 .8 .5       | fs1s2 0 .4 nan
fs1s3 0 .05 .004           | fs2s1 .1 .74 .42          | fs2s3 0 .1 .03       | fs3s1 0 .9 .45
fcwdl2 .5 1 .76            | w_scaling 0 5 1           | beta .5 .9999 nan
"""


@pytest.mark.parametrize(("structure", "text"), [("clm45-10", TEN), ("clm5-20", TWENTY)])
def test_priors_and_clm5_defaults(structure, text):
    rows = [cell.split() for cell in text.replace("\n", "|").split("|") if cell.strip()]
    table = parameter_table(structure)
    assert table.code_names == tuple(row[0] for row in rows)
    expected = np.array([row[1:] for row in rows], float)
    np.testing.assert_array_equal(table.minimum, expected[:, 0])
    np.testing.assert_array_equal(table.maximum, expected[:, 1])
    np.testing.assert_array_equal(table.clm5_default, expected[:, 2])


@pytest.mark.parametrize("structure", STRUCTURES)
def test_clm45_differs_in_efolding_depth_and_saturation_only(structure):
    table = parameter_table(structure)
    same = (table.clm45_default == table.clm5_default) | np.isnan(table.clm5_default)
    different = {name for name, is_same in zip(table.names, same, strict=True) if not is_same}
    assert different <= {"decomposition_efolding_depth", "saturated_water_potential"}
    assert table.clm45_default[table.index("decomposition_efolding_depth")] == 0.5


def test_process_groups():
    groups = {structure: parameter_table(structure).processes for structure in STRUCTURES}
    count = {structure: {g: p.count(g) for g in set(p)} for structure, p in groups.items()}
    shared = {"vertical transport": 2, "decomposition": 6, "carbon use efficiency": 9}
    assert count["clm45-10"] == shared | {"environment": 3, "carbon input": 5}
    assert count["clm5-20"] == shared | {"environment": 3, "carbon input": 1}


def test_46_rows_are_complete():
    assert sum(len(parameter_table(structure)) for structure in STRUCTURES) == 46
    for structure in STRUCTURES:
        table = parameter_table(structure)
        assert len(set(table.names)) == len(set(table.code_names)) == len(table)
        assert (table.minimum < table.maximum).all()
        assert all((*table.meanings, *table.units, *table.processes))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_scaling_is_linear(structure):
    table = parameter_table(structure)
    np.testing.assert_array_equal(table.to_physical(np.zeros(len(table))), table.minimum)
    np.testing.assert_allclose(table.to_physical(np.ones(len(table))), table.maximum, rtol=1e-15)
    middle = table.to_physical(np.full((2, 3, len(table)), 0.5))
    np.testing.assert_allclose(middle[1, 2], (table.minimum + table.maximum) / 2, rtol=1e-15)


def test_slots_of_the_kernels_are_the_rows_of_the_table():
    """Kernels read parameters by position; a moved row of the table would move their meaning."""
    slots = {
        "BIOTURBATION": "bioturbation_diffusivity",
        "CRYOTURBATION": "cryoturbation_diffusivity",
        "Q10": "q10",
        "EFOLDING_DEPTH": "decomposition_efolding_depth",
        "TAU_CWD": "cwd_turnover_time",
        "TAU_METABOLIC": "metabolic_litter_turnover_time",
        "TAU_STRUCTURAL": "structural_litter_turnover_time",
        "TAU_FAST": "fast_soc_turnover_time",
        "TAU_SLOW": "slow_soc_turnover_time",
        "TAU_PASSIVE": "passive_soc_turnover_time",
    }
    slots |= {name.upper(): name for name in (*kernel_slots.PARAMETERS[10:25], "water_scaling")}
    assert len(slots) == len(kernel_slots.PARAMETERS) == 26
    for constant, name in slots.items():
        assert kernel_slots.PARAMETERS[getattr(kernel_slots, constant)] == name
    # The shorter structure uses the same slots, by name.
    twenty = get_structure("clm5-20")
    assert [kernel_slots.PARAMETERS[k] for k in twenty.prior.slots] == list(twenty.parameters.names)


def test_wider_bounds_are_those_of_a_model_of_its_own():
    names = ["slow_soc_turnover_time", "passive_soc_turnover_time"]
    run = MatrixModel("clm5-20")
    wider = run.with_wider_prior(names, 2.0)
    k = [run.parameters.index(name) for name in names]
    np.testing.assert_array_equal(wider.prior.minimum[k], [0.5, 100.0])
    np.testing.assert_array_equal(wider.prior.maximum[k], [100.0, 2000.0])
    others = np.delete(np.arange(len(run.parameters)), k)
    np.testing.assert_array_equal(wider.prior.span[others], run.prior.span[others])
    # The run and later models keep their bounds; a turnover time means the same in both.
    assert MatrixModel("clm5-20").prior.maximum[k[1]] == run.prior.maximum[k[1]] == 1000.0
    vector = wider.physical(np.full(len(run.parameters), 0.5))
    assert vector[0, kernel_slots.TAU_PASSIVE] == 1050.0
    with pytest.raises(InputError, match="found 'tau'"):
        run.with_wider_prior(["tau"], 2.0)


def test_unknown_parameter():
    with pytest.raises(InputError, match=r"parameter: expected one of bioturb.*found 'tau'"):
        parameter_table("clm5-20").index("tau")


def test_table_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        parameter_table("clm5-20").minimum[0] = 0.0
