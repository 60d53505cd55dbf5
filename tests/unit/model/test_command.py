"""``python -m proda.model``: the same numbers as the library, and errors with line and column."""

import csv
import runpy
import sys

import numpy as np
import pytest

from model_cases import DRAWS, STRUCTURES, monthly_draws, numbers, reference_case, reference_rows
from proda.model import MatrixModel, MonthlyForcing, table
from proda.model.__main__ import main
from proda.model.layout import POOLS


def write(path, header, rows):
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([header, *rows])
    return path


def cases(structure, n=3, seed=30):
    """Header, rows of numbers, theta and forcing of a table of cases in its fullest form."""
    theta, forcing = DRAWS[structure](n, seed)
    header = list(MatrixModel(structure).parameters.code_names)
    if structure == "clm45-10":
        header += ["npp_min", "npp_max", "altmax_lastyear"]
        header += [f"tsoi_{j}" for j in range(1, 11)] + [f"psi_{j}" for j in range(1, 11)]
        values = [forcing.npp_min, forcing.npp_max, forcing.active_layer_depth]
        values += [forcing.soil_temperature, forcing.soil_water_potential]
    else:
        cells = [f"{month}_{layer}" for month in range(1, 13) for layer in range(1, 21)]
        for name in ("tsoi", "w_scalar", "o_scalar", "n_scalar"):
            header += [f"{name}_{cell}" for cell in cells]
        header += [f"{name}_{m}" for name in ("altmax", "altmax_lastyear") for m in range(1, 13)]
        header += ["nbedrock", "input_cwd", "input_l1", "input_l2", "input_l3"]
        values = [forcing.soil_temperature, forcing.water_scalar, forcing.oxygen_scalar]
        values += [forcing.nitrogen_scalar, forcing.active_layer_depth]
        values += [forcing.active_layer_depth_last_year, forcing.bedrock_layer]
        values += [forcing.litter_input]
    flat = np.column_stack([theta, *(np.reshape(value, (n, -1)) for value in values)])
    return header, flat.tolist(), theta, forcing


def run(tmp_path, header, rows, structure):
    source, target = write(tmp_path / "cases.csv", header, rows), tmp_path / "out" / "result.csv"
    code = main([str(source), str(target), "--structure", structure])
    if not target.exists():
        return code, None
    with target.open(newline="") as handle:
        return code, list(csv.DictReader(handle))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_round_trip_equals_the_library_to_the_bit(tmp_path, capsys, structure):
    header, rows, theta, forcing = cases(structure)
    code, results = run(tmp_path, ["site", *header], [["a", *row] for row in rows], structure)
    assert code == 0
    assert "3 cases written to" in capsys.readouterr().out
    model = MatrixModel(structure)
    pools = model.steady_state(theta, forcing)
    soc = model.soc(pools)
    layers = range(1, model.grid.n_layers + 1)
    columns = [f"{pool}_{j}" for pool in POOLS for j in layers]
    np.testing.assert_array_equal(numbers(results, columns), pools.reshape(3, -1))
    np.testing.assert_array_equal(numbers(results, [f"soc_{j}" for j in layers]), soc)
    for column, depth in {
        "soc_0_30": 0.3, "soc_0_100": 1.0, "soc_0_200": 2.0, "total_soc": model.grid.bottom
    }.items():  # fmt: skip
        np.testing.assert_array_equal(
            numbers(results, [column])[:, 0], model.stock(soc, 0.0, depth)
        )
    assert list(results[0])[: len(header) + 1] == ["site", *header]
    assert {row["site"] for row in results} == {"a"}


def test_reference_table_gives_the_models_pools(tmp_path):
    """Columns that a table of results already has are replaced, text columns kept."""
    rows = reference_rows(10)
    code, results = run(tmp_path, rows[0], [row.values() for row in rows], "clm45-10")
    pools = MatrixModel("clm45-10").steady_state(*reference_case("clm45-10"))
    assert code == 0
    columns = [f"{pool}_{j}" for pool in POOLS for j in range(1, 11)]
    np.testing.assert_array_equal(numbers(results, columns), pools.reshape(100, -1))
    assert [row["singular_in_reference"] for row in results] == [
        row["singular_in_reference"] for row in rows
    ]


def test_fewer_indices_mean_all_months_and_layers(tmp_path):
    """altmax for all months, tsoi_<layer> for all months, o_scalar for all months and layers."""
    theta, _ = monthly_draws(1, 31)
    header = list(MatrixModel("clm5-20").parameters.code_names)
    temperature = np.linspace(285, 276, 20)
    forms = {
        "nbedrock": 9, "altmax": 0.8, "altmax_lastyear": 1.1, "o_scalar": 0.9, "n_scalar": 0.7,
        "input_cwd": 10, "input_l1": 20, "input_l2": 30, "input_l3": 40,
    }  # fmt: skip
    forms |= {f"tsoi_{j}": value for j, value in enumerate(temperature, 1)}
    forms |= {f"w_scalar_{m}_{j}": m / 20 for m in range(1, 13) for j in range(1, 21)}
    code, results = run(tmp_path, header + list(forms), [[*theta[0], *forms.values()]], "clm5-20")
    assert code == 0
    forcing = MonthlyForcing(
        soil_temperature=np.tile(temperature, (12, 1)),
        water_scalar=np.repeat(np.arange(1, 13)[:, None] / 20, 20, axis=1),
        oxygen_scalar=np.full((12, 20), 0.9),
        nitrogen_scalar=np.full((12, 20), 0.7),
        active_layer_depth=np.full(12, 1.1),
        active_layer_depth_last_year=np.full(12, 1.1),
        bedrock_layer=9,
        litter_input=[10, 20, 30, 40],
    )
    pools = MatrixModel("clm5-20").steady_state(theta, forcing)[0]
    columns = [f"{pool}_{j}" for pool in POOLS for j in range(1, 21)]
    np.testing.assert_array_equal(numbers(results, columns)[0], pools.ravel())


def test_many_cases_are_run_in_chunks(tmp_path, monkeypatch):
    header, rows, *_ = cases("clm45-10", n=7)
    _, whole = run(tmp_path, header, rows, "clm45-10")
    monkeypatch.setattr(table, "CHUNK", 3)
    code, parts = run(tmp_path, header, rows, "clm45-10")
    assert code == 0
    assert parts == whole


@pytest.mark.parametrize(
    ("structure", "column", "text", "message"),
    [
        ("clm45-10", "q10", "warm", "column q10: expected a number, found 'warm'"),
        ("clm45-10", "q10", "", "column q10: expected a number, found nothing"),
        ("clm45-10", "q10", "1.5", "column q10: expected values in [0, 1], found 1.5"),
        ("clm45-10", "fs3s1", "nan", "column fs3s1: expected finite values, found nan"),
        ("clm45-10", "tsoi_7", "11.5", "column tsoi_7: expected values in [180, 340] K"),
        ("clm45-10", "psi_10", "0.2", "column psi_10: expected values in [-1000, 0] MPa"),
        ("clm45-10", "npp_max", "0", "column npp_max: expected at least npp_min"),
        ("clm5-20", "tsoi_3_17", "11.5", "column tsoi_3_17: expected values in [180, 340] K"),
        ("clm5-20", "nbedrock", "2.5", "column nbedrock: expected a whole number of layers"),
        ("clm5-20", "input_l2", "-1", "column input_l2: expected values in [0, 3270]"),
        ("clm5-20", "altmax_lastyear_4", "200", "column altmax_lastyear_4: expected values in [0"),
        ("clm5-20", "altmax_4", "-1", "column altmax_4: expected values in [0, 100] m"),
    ],
)
@pytest.mark.parametrize("chunk", [2, 2000])
def test_a_bad_value_is_named_by_line_and_column(
    tmp_path, capsys, monkeypatch, structure, column, text, message, chunk
):
    monkeypatch.setattr(table, "CHUNK", chunk)
    header, rows, *_ = cases(structure)
    rows[2][header.index(column)] = text
    code, results = run(tmp_path, header, rows, structure)
    assert code == 1
    assert results is None
    assert f"cases.csv, line 4, {message}" in capsys.readouterr().err


def test_input_shares_are_named_by_line(tmp_path, capsys):
    header, rows, *_ = cases("clm45-10")
    for column in ("p4ll", "p4ml", "p4cl"):
        rows[1][header.index(column)] = 1
    assert run(tmp_path, header, rows, "clm45-10") == (1, None)
    assert "line 3: expected input_to_lignin + input_to_metabolic" in capsys.readouterr().err


def test_lines_are_counted_as_an_editor_does(tmp_path, capsys):
    """Blank lines hold no case but are lines."""
    header, rows, *_ = cases("clm45-10")
    rows[2][0] = "x"
    assert run(tmp_path, header, [rows[0], [], [], rows[1], rows[2]], "clm45-10")[0] == 1
    assert "line 6, column diffus: expected a number" in capsys.readouterr().err


@pytest.mark.parametrize("structure", STRUCTURES)
def test_missing_column(tmp_path, capsys, structure):
    header, rows, *_ = cases(structure)
    assert run(tmp_path, header[1:], [row[1:] for row in rows], structure) == (1, None)
    assert "cases.csv: expected a column diffus, found cryo, q10" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda header, rows: (header, [rows[0], rows[1][:-1]]), "line 3: expected 48 cells"),
        (lambda header, rows: (header, [rows[0], [*rows[1], 1]]), "line 3: expected 48 cells"),
        (lambda header, rows: (header, []), "expected at least one case, found a header only"),
        (lambda header, rows: (header, [[]]), "expected at least one case, found a header only"),
        (lambda header, rows: ([], []), "expected a delimited text table, found an empty file"),
        (lambda header, rows: ([*header, "q10"], [[*row, 1] for row in rows]),
         "expected one column of each name, found more than one q10"),
        (lambda header, rows: ([";".join(header)], [[";".join(map(str, rows[0]))]]),
         "(cells are separated by commas)"),
    ],
    ids=["short row", "long row", "header only", "blank row", "empty", "column twice", "semicolon"],
)  # fmt: skip
def test_tables_that_are_not_whole(tmp_path, capsys, change, message):
    header, rows, *_ = cases("clm45-10")
    assert run(tmp_path, *change(header, rows), "clm45-10") == (1, None)
    assert message in capsys.readouterr().err


def test_an_error_leaves_an_earlier_result_as_it_was(tmp_path):
    header, rows, *_ = cases("clm45-10")
    run(tmp_path, header, rows, "clm45-10")
    before = (tmp_path / "out" / "result.csv").read_bytes()
    rows[2][0] = "x"
    assert run(tmp_path, header, rows, "clm45-10")[0] == 1
    assert (tmp_path / "out" / "result.csv").read_bytes() == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["result.csv"]


def test_is_run_as_a_module(tmp_path, monkeypatch):
    header, rows, *_ = cases("clm45-10", n=1)
    source = write(tmp_path / "cases.csv", header, rows)
    monkeypatch.delitem(sys.modules, "proda.model.__main__")
    monkeypatch.setattr("sys.argv", ["model", str(source), str(tmp_path / "out.csv")])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module("proda.model", run_name="__main__")
    assert stopped.value.code == 0
    assert (tmp_path / "out.csv").exists()


def test_no_such_file(tmp_path, capsys):
    assert main([str(tmp_path / "none.csv"), str(tmp_path / "out.csv")]) == 1
    assert "none.csv" in capsys.readouterr().err


def test_unknown_structure(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["cases.csv", "out.csv", "--structure", "clm5"])
    assert stopped.value.code == 2
    assert "clm45-10" in capsys.readouterr().err


def test_text_of_any_encoding_is_carried_unchanged(tmp_path):
    header, rows, *_ = cases("clm45-10", n=1)
    source, target = tmp_path / "cases.csv", tmp_path / "out.csv"
    lines = [",".join(["site", *header]), ",".join(["S", *map(str, rows[0])])]
    text = "\n".join(lines).encode().replace(b"\nS,", b"\nS\xe9,")
    source.write_bytes(b"\xef\xbb\xbf" + text)
    assert main([str(source), str(target)]) == 0
    assert target.read_bytes().splitlines()[1].startswith(b"S\xe9,")
