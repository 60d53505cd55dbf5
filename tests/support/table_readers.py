"""Every reader of tables that users or data products write, with a sound file.

Each sound file has a column of free text in its middle or at its end, so that a quote can stand
there; READERS is what tests/unit/text/test_every_table_reader.py walks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import shapely

from bad_inputs import registers, tables
from proda.data.cells import make_cells
from proda.data.covariate_table import read_covariate_table
from proda.data.downloads.register import read_sources
from proda.data.point_stocks import read_point_stocks
from proda.data.profiles import collect_profiles
from proda.data.references.wise import unit_stocks
from proda.data.region import Region
from proda.evaluation.paper_values import COLUMNS as PAPER_COLUMNS
from proda.evaluation.paper_values import read_paper_values
from proda.examples import read_example_columns
from proda.model import MatrixModel
from proda.model.table import run_table

__all__ = ["READERS", "Reader"]

PLAINS = Region("plains", shapely.box(-100, 40, -98, 41), {})


@dataclass(frozen=True)
class Reader:
    """A reader of tables.

    files: {name: sound text}; file: the one that tests change. read: folder -> values that can be
    compared. separator: of the file. text: a cell of free text in it that no value depends on.
    number: a cell with a point that a value depends on. quoted: whether cells may be quoted.
    lenient: whether a row that cannot be read is booked and the others are kept.
    """

    name: str
    files: dict
    file: str
    read: Callable
    separator: str
    text: str
    number: str
    quoted: bool = True
    lenient: bool = False


def _profiles(form):
    def read(path):
        ledger = collect_profiles({"format": form, "path": path}, PLAINS.contains)
        ledger.require_accepted(path)
        total = int(ledger.summary().loc["total", "horizons"])
        columns = ["organic_carbon", "soc_density", "lower_depth"]
        return total, ledger.accepted_horizons()[columns].to_numpy().tolist()

    return read


def _points(path):
    source = {"path": path.name, "unit": "kg m-2", "top": 0, "bottom": 100}
    table = read_point_stocks(source, path.parent, make_cells(PLAINS, 1.0))
    return len(table), table[table["status"] == "accepted"][["stock_kg_m2"]].to_numpy().tolist()


def _covariates(path):
    layers = read_covariate_table(path, "data")
    return [(layer.name, layer.scale, layer.valid_max, layer.missing) for layer in layers]


def _sources(path):
    return {key: (source.size, source.addresses) for key, source in read_sources(path).items()}


def _examples(path):
    return read_example_columns(path).iloc[:, 1:8].to_numpy().tolist()


def _model(path):
    target = path.with_name("out.csv")
    run_table(path, target, "clm45-10")
    return pd.read_csv(target).iloc[:, 2:].to_numpy().tolist()


def _paper(path):
    return read_paper_values(path)[["value", "high"]].to_numpy().tolist()


SNAPSHOT_2016 = {
    "wosis_201607_profiles.txt": (
        "profile_id\tcountry\tlatitude\tlongitude\n7\tnowhere\t40.2\t-99.5\n8\tUS\t40.7\t-98.6\n"
    ),
    "wosis_201607_layers.txt": (
        "profile_id\tprofile_layer_id\tlayer_name\ttop\tbottom\torgc_value_avg\tbdfi_value_avg"
        "\tbdws_value_avg\tcfvo_value_avg\tcfgr_value_avg\n"
        "7\t1\tAp\t0\t20\t31.5\t1.1\t\t5\t\n7\t2\tnowhere\t20\t60\t12\t\t\t\t\n"
        "8\t3\tA\t0\t25\t28\t\t\t\t\n8\t4\tB\t25\t80\t9\t\t\t\t\n"
    ),
}


def _with_texts(table, after, texts):
    """A tab-separated table with a further column ``note`` behind the first ``after`` columns."""
    rows = [line.split("\t") for line in table.splitlines()]
    for row, text in zip(rows, ["note", *texts], strict=True):
        row.insert(after, text)
    return "".join("\t".join(row) + "\n" for row in rows)


SNAPSHOT_2019 = {
    f"wosis_201909_{role}.tsv": _with_texts(text.replace("\t31\n", "\t31.5\n"), 2, notes)
    for (role, text), notes in zip(
        tables.SNAPSHOT.items(),
        (["nowhere", "US"], ["Ap", "nowhere", "A", "B"], ["nowhere", ""]),
        strict=True,
    )
}
_CODES_2023 = ("bdfiad", "bdfiod", "bdfifm", "bdfi33l", "bdwsad", "bdwsod", "cfvo", "cfgr")
SNAPSHOT_2023 = {
    "wosis_202312_profiles.tsv": "profile_id\tcountry_name\n7\tnowhere\n8\tUS\n",
    "wosis_202312_sites.tsv": (
        "site_id\tnote\tlongitude\tlatitude\n57\tnowhere\t-99.5\t40.2\n58\t\t-98.6\t40.7\n"
    ),
    "wosis_202312_layers.tsv": (
        "profile_id\tlayer_id\tsite_id\tlayer_name\tupper_depth\tlower_depth\n"
        "7\t1\t57\tAp\t0\t20.5\n7\t2\t57\tnowhere\t20.5\t60\n"
        "8\t3\t58\tA\t0\t25\n8\t4\t58\tB\t25\t80\n"
    ),
    "wosis_202312_orgc.tsv": (
        "layer_id\tmethod\tvalue_avg\torganic_surface\n"
        "1\tdry\t31.5\tFALSE\n2\tnowhere\t12\tFALSE\n3\t\t28\tFALSE\n4\t\t9\tFALSE\n"
    ),
    **{
        f"wosis_202312_{code}.tsv": "layer_id\tmethod\tvalue_avg\n1\tnowhere\t"
        + ("1.1\n" if code.startswith("bd") else "5.5\n")
        + "4\tcore\t"
        + ("1.4\n" if code.startswith("bd") else "0\n")
        for code in _CODES_2023
    },
}
_MODEL_COLUMNS = {"npp_min": 300.5, "npp_max": 500, "altmax_lastyear": 6}
_MODEL_COLUMNS |= {f"tsoi_{j}": 280 for j in range(1, 11)}
_MODEL_COLUMNS |= {f"psi_{j}": -0.1 for j in range(1, 11)}


def _model_cases():
    values = dict.fromkeys(MatrixModel("clm45-10").parameters.code_names, 0.5) | _MODEL_COLUMNS
    rows = [["site", "note", *values]]
    rows += [[site, note, *values.values()] for site, note in (("a", "nowhere"), ("b", "Ap"))]
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


COMPONENTS = "".join(
    f"{line},{'nowhere' if k else 'note'}\n"
    for k, line in enumerate(registers.COMPONENT.splitlines())
)
PAPER = (
    ",".join(PAPER_COLUMNS)
    + "\ntable_1,own,r2,,0.5,0.25,1,r,nowhere\ntable_1,own,r,,0.7,,1,r,table 1\n"
)
PLAIN = tables.SOUND.replace(",31,", ",31.5,").replace(",A\n", ",A,nowhere\n", 1)
PLAIN = PLAIN.replace("horizon\n", "horizon,note\n")
PLAIN = "\n".join(line + "," * (9 - line.count(",")) for line in PLAIN.splitlines()) + "\n"
POINTS = "point_id,note,longitude,latitude,stock\na,nowhere,-99.5,40.5,10.5\nb,,-98.5,40.5,8\n"


def _one(name, text, read, free, number, lenient=False):
    """Reader of a single file, which is separated by commas."""
    file = f"{name}.csv"
    return Reader(
        name,
        {file: text},
        file,
        lambda folder: read(folder / file),
        ",",
        free,
        number,
        True,
        lenient,
    )


READERS = [
    _one("table", PLAIN, _profiles("table"), "nowhere", "31.5", lenient=True),
    _one("points", POINTS, _points, "nowhere", "10.5", lenient=True),
    _one("covariates", registers.COVARIATES, _covariates, "Temperature", "0.1"),
    _one("sources", registers.SOURCES, _sources, "none", "99"),
    _one("examples", registers.COLUMN_TABLE, _examples, "forest", "277.2"),
    _one("map units", COMPONENTS, lambda path: unit_stocks(path).values.tolist(), "nowhere", "1.3"),
    _one("model cases", _model_cases(), _model, "nowhere", "300.5"),
    _one("paper values", PAPER, _paper, "nowhere", "0.25"),
]
for _form, _snapshot in (
    ("wosis_2016", SNAPSHOT_2016),
    ("wosis_2019", SNAPSHOT_2019),
    ("wosis_2023", SNAPSHOT_2023),
):
    # The files of bulk densities and fragments are read in one loop: one of each kind.
    _alike = {f"wosis_202312_{code}.tsv" for code in _CODES_2023} - {
        "wosis_202312_bdfiod.tsv",
        "wosis_202312_bdwsod.tsv",
        "wosis_202312_cfvo.tsv",
    }
    for _file, _text in ((name, _snapshot[name]) for name in _snapshot if name not in _alike):
        _numbers = [number for number in ("31.5", "20.5", "-99.5", "1.1", "5.5") if number in _text]
        READERS.append(
            Reader(
                f"{_form} {_file}", _snapshot, _file, _profiles(_form), "\t", "nowhere",
                (_numbers or ["none"])[0], quoted=_form != "wosis_2016",
            )
        )  # fmt: skip
