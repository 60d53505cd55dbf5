"""``python -m proda.model``: runs at CLM's defaults, switches, and further fields of forcing."""

import csv

import numpy as np
import pytest

from model_cases import annual, monthly, numbers
from proda.model import MatrixModel
from proda.model.__main__ import main
from proda.model.default_runs import default_model, default_parameters
from proda.model.layout import POOLS

MONTHS, LAYERS = range(1, 13), range(1, 21)
SAND = {"clm45-10": np.linspace(20, 60, 10), "clm5-20": np.linspace(20, 60, 20)}
BY_LAYER = np.exp(-np.arange(20) / 4) * np.array([60.0, 120.0, 180.0, 96.0])[:, None]
INPUT_POOLS = ("cwd", "l1", "l2", "l3")


def columns(structure, **more):
    """One case as {column: value}, without parameters; more overrides, None takes out."""
    if structure == "clm45-10":
        case = {"npp_min": 300, "npp_max": 700, "altmax_lastyear": 1.5, "npp_mean": 450}
        case |= {f"tsoi_{j}": 280.0 for j in range(1, 11)} | {
            f"psi_{j}": -0.5 for j in range(1, 11)
        }
    else:
        case = {"nbedrock": 20, "altmax": 1.2, "altmax_lastyear": 1.2, "o_scalar": 0.9}
        case |= {"n_scalar": 0.95, "w_scalar": 0.4, "tsoi": 280.0}
        case |= {f"input_{pool}_{j}": BY_LAYER[k, j - 1]
                 for k, pool in enumerate(INPUT_POOLS) for j in LAYERS}  # fmt: skip
    case |= {f"sand_{j}": value for j, value in enumerate(SAND[structure], 1)}
    return {name: value for name, value in (case | more).items() if value is not None}


def forcing(structure, **more):
    if structure == "clm45-10":
        return annual(npp_mean=450.0, sand=SAND[structure], **more)
    defaults = {"temperature": 280.0, "water": 0.4, "sand": SAND[structure]}
    return monthly(**defaults | {"litter_input_by_layer": BY_LAYER, "litter_input": None} | more)


def run(folder, structure, case, *options):
    """(exit code, pools (7, n) or None, row of the result)"""
    source, target = folder / "cases.csv", folder / "out.csv"
    target.unlink(missing_ok=True)
    with source.open("w", newline="") as handle:
        csv.writer(handle).writerows([case, case.values()])
    code = main([str(source), str(target), "--structure", structure, *options])
    if not target.exists():
        return code, None, None
    with target.open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    n = MatrixModel(structure).grid.n_layers
    names = [f"{pool}_{j}" for pool in POOLS for j in range(1, n + 1)]
    return code, numbers(rows, names).reshape(7, n), rows[0]


def parameters(structure, value=0.5):
    return dict.fromkeys(MatrixModel(structure).parameters.code_names, value)


@pytest.mark.parametrize("version", ["clm5", "clm4.5"])
@pytest.mark.parametrize("structure", SAND)
def test_defaults_are_the_librarys_to_the_bit(tmp_path, structure, version):
    case = columns(structure, site="Hurdal")
    code, pools, row = run(tmp_path, structure, case, "--defaults", version)
    assert code == 0
    given = forcing(structure)
    values = default_parameters(structure, given, version)
    expected = default_model(structure, version).steady_state_of(values, given)[0]
    np.testing.assert_array_equal(pools, expected)
    assert row["site"] == "Hurdal"


def test_parameters_of_the_table_have_no_part_in_defaults(tmp_path):
    """Neither read nor carried, so that a row does not claim what it was not run with."""
    plain = run(tmp_path, "clm5-20", columns("clm5-20"), "--defaults", "clm5")[1]
    case = parameters("clm5-20", "none") | columns("clm5-20")
    code, pools, row = run(tmp_path, "clm5-20", case, "--defaults", "clm5")
    assert code == 0
    np.testing.assert_array_equal(pools, plain)
    assert "q10" not in row


def test_switches(tmp_path):
    options = ["--defaults", "clm5", "--switch", "century_normalisation=false"]
    options += ["--switch", "cryoturbation_depth = 2"]
    code, pools, _ = run(tmp_path, "clm5-20", columns("clm5-20"), *options)
    assert code == 0
    given = forcing("clm5-20")
    model = default_model("clm5-20", "clm5", century_normalisation=False, cryoturbation_depth=2.0)
    values = default_parameters("clm5-20", given, "clm5")
    np.testing.assert_array_equal(pools, model.steady_state_of(values, given)[0])


def test_switches_of_a_run_with_parameters(tmp_path):
    """Input by layer and transfers from texture, without defaults."""
    case = parameters("clm5-20") | columns(
        "clm5-20", sand=40, **{f"sand_{j}": None for j in LAYERS}
    )
    options = ["--switch", "input_by_layer=true", "--switch", "transfers_from_texture=TRUE"]
    code, pools, _ = run(tmp_path, "clm5-20", case, *options)
    assert code == 0
    model = MatrixModel("clm5-20", input_by_layer=True, transfers_from_texture=True)
    given = forcing("clm5-20", sand=np.full(20, 40.0))
    np.testing.assert_array_equal(pools, model.steady_state(np.full(21, 0.5), given)[0])


@pytest.mark.parametrize(
    ("switch", "message"),
    [
        ("century_normalization=true", "switch: expected one of century_normalisation, water_from"),
        ("century_normalisation", "--switch: expected name=value, found 'century_normalisation'"),
        ("=true", "--switch: expected name=value, found '=true'"),
        (
            "century_normalisation=yes",
            "switch century_normalisation: expected true or false, found",
        ),
        ("input_depth=deep", "switch input_depth: expected a number, found 'deep'"),
        ("input_depth=nan", "switch input_depth: expected a number, found nan"),
        ("input_depth=0", "switch input_depth: expected a depth of 0.001 m or more, found 0"),
        ("driest_water_potential=25", "expected a water potential below 0 MPa"),
        ("water_scalar_floor=1.5", "switch water_scalar_floor: expected a scalar from 0 to 1"),
        ("input_from_npp=true", "expected False, as the forcing of clm5-20 has it, found True"),
    ],
)
def test_a_switch_that_is_none(tmp_path, capsys, switch, message):
    case = columns("clm5-20")
    assert run(tmp_path, "clm5-20", case, "--defaults", "clm5", "--switch", switch)[0] == 1
    assert message in capsys.readouterr().err


def test_a_switch_given_twice(tmp_path, capsys):
    options = ["--switch", "input_depth=2", "--switch", "input_depth=3"]
    assert run(tmp_path, "clm5-20", columns("clm5-20"), *options)[0] == 1
    assert "--switch: expected each switch once, found input_depth again" in capsys.readouterr().err


def test_temperature_scalar_is_taken_as_it_is(tmp_path):
    """Without temperature; Q10 and the normalisation do not act on it."""
    scalar = np.linspace(0.2, 0.7, 12)[:, None] * np.linspace(1, 0.8, 20)
    case = columns("clm5-20", tsoi=None)
    case |= {f"t_scalar_{m}_{j}": scalar[m - 1, j - 1] for m in MONTHS for j in LAYERS}
    given = forcing("clm5-20", temperature_scalar=scalar)
    values = default_parameters("clm5-20", given, "clm5")
    expected = default_model("clm5-20", "clm5").steady_state_of(values, given)[0]
    for normalised in ("true", "false"):
        options = ["--defaults", "clm5", "--switch", f"century_normalisation={normalised}"]
        code, pools, _ = run(tmp_path, "clm5-20", case, *options)
        assert code == 0
        np.testing.assert_array_equal(pools, expected)

    case = columns("clm45-10", t_scalar=0.4, **{f"tsoi_{j}": None for j in range(1, 11)})
    _, pools, _ = run(tmp_path, "clm45-10", parameters("clm45-10") | case | {"p4ml": 0.3})
    theta = np.full(25, 0.5)
    theta[22] = 0.3
    given = annual(temperature_scalar=np.full(10, 0.4))
    np.testing.assert_array_equal(pools, MatrixModel("clm45-10").steady_state(theta, given)[0])


def test_a_nitrogen_scalar_for_each_litter_pool(tmp_path):
    """Three times as fast, a third of the pool; SOC gets what litter gets and is the same."""
    still = {"altmax": 0, "altmax_lastyear": 0}
    case = columns("clm5-20", n_scalar=None, n_scalar_l1=0.3, n_scalar_l2=0.9, n_scalar_l3=0.45)
    _, apart, _ = run(tmp_path, "clm5-20", case | still, "--defaults", "clm5")
    case = columns("clm5-20", n_scalar=0.9)
    _, alike, _ = run(tmp_path, "clm5-20", case | still, "--defaults", "clm5")
    ratio = apart[:, 0] / alike[:, 0]
    np.testing.assert_allclose(ratio, [1, 3, 1, 2, 1, 1, 1], rtol=1e-12)


@pytest.mark.parametrize(
    ("structure", "without", "missing"),
    [
        ("clm45-10", "npp_mean", "a column npp_mean"),
        ("clm45-10", "sand_3", "a column sand_3"),
        ("clm5-20", "sand_20", "a column sand_20"),
        ("clm5-20", "input_l2_7", "a column input_l2_7"),
        ("clm5-20", "tsoi", "a column tsoi"),
        ("clm5-20", "n_scalar", "a column n_scalar"),
    ],
)
def test_a_column_that_is_missing(tmp_path, capsys, structure, without, missing):
    case = columns(structure, **{without: None})
    assert run(tmp_path, structure, case, "--defaults", "clm5")[0] == 1
    assert f"cases.csv: expected {missing}, found " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("sand_4", 101, "line 2, column sand_4: expected values in [0, 100] %, found 101"),
        ("input_l2_7", -1, "line 2, column input_l2_7: expected values in [0, 1000000]"),
        ("t_scalar", 60, "line 2, column t_scalar: expected values in [0, 50], found 60"),
        ("t_scalar", "", "line 2, column t_scalar: expected a number, found nothing"),
        ("n_scalar_l2", 0.5, "expected a column n_scalar_l1"),
    ],
)
def test_a_bad_value_is_named(tmp_path, capsys, column, value, message):
    case = columns("clm5-20") | {column: value}
    assert run(tmp_path, "clm5-20", case, "--defaults", "clm5")[0] == 1
    assert message in capsys.readouterr().err


def test_one_bad_nitrogen_scalar_of_many(tmp_path, capsys):
    case = columns("clm5-20")
    case |= {f"n_scalar_{pool}_{m}_{j}": 0.9 for pool in ("l1", "l2", "l3")
             for m in MONTHS for j in LAYERS}  # fmt: skip
    case["n_scalar_l3_11_19"] = 1.2
    assert run(tmp_path, "clm5-20", case, "--defaults", "clm5")[0] == 1
    assert "line 2, column n_scalar_l3_11_19: expected values in [0, 1]" in capsys.readouterr().err


def test_a_case_without_a_steady_state_is_named_by_line_and_layer(tmp_path, capsys):
    dry = {f"w_scalar_{j}": 0.0 if j > 6 else 0.4 for j in LAYERS}
    case = columns("clm5-20", w_scalar=None, **dry)
    assert run(tmp_path, "clm5-20", case, "--defaults", "clm5")[0] == 1
    expected = "cases.csv, line 2, layer 7: expected soil that can lose the carbon that enters CWD"
    assert expected in (message := capsys.readouterr().err)
    assert "found a water scalar of 0 in all months" in message
    code, pools, _ = run(tmp_path, "clm5-20", case | {"nbedrock": 6}, "--defaults", "clm5")
    assert code == 0
    assert (pools[:, 6:] == 0).all()
    assert 0 < pools.max() < 1e6


@pytest.mark.parametrize(
    ("structure", "column"),
    [("clm45-10", "efolding"), ("clm5-20", "efolding"), ("clm5-20", "w_scaling")],
)
def test_parameters_that_stop_decomposition_are_refused(tmp_path, capsys, structure, column):
    """At the ends of the prior that are zero nothing decomposes: 1e287 gC m-3."""
    inputs = {f"input_{pool}": 90 for pool in INPUT_POOLS} if structure == "clm5-20" else {}
    case = parameters(structure, 0.3) | columns(structure) | inputs
    assert column in case
    assert run(tmp_path, structure, case)[0] == 0
    assert run(tmp_path, structure, case | {column: 0})[0] == 1
    message = capsys.readouterr().err
    assert "cases.csv, line 2: expected an e-folding depth" in message
    assert "nothing decomposes" in message


def test_help_tells_of_all_of_it(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for word in ("--defaults", "--switch", "t_scalar", "n_scalar_l1", "sand_<layer>", "npp_mean",
                 "input_cwd_<layer>", "input_below_bedrock"):  # fmt: skip
        assert word in text


def test_more_carbon_than_fits_into_soil_is_logged(tmp_path, caplog):
    """CLM4.5's e-folding depth of 0.5 m leaves nothing to decompose what enters at 8 m."""
    code, pools, _ = run(tmp_path, "clm5-20", columns("clm5-20"), "--defaults", "clm4.5")
    assert code == 0 and pools.sum(axis=0)[-1] > 1e8
    assert "cases.csv: 1 of 1 cases, from case 1 on, have more carbon" in caplog.text
    caplog.clear()
    code, pools, _ = run(tmp_path, "clm5-20", columns("clm5-20"), "--defaults", "clm5")
    assert code == 0 and pools.max() < 1e5
    assert caplog.text == ""
