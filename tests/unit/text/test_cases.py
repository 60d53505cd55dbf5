"""Tables as users have them: the right values, or an error that names file and place."""

import pytest
import shapely
import yaml

from make_bad_inputs import ROOT
from proda.data.cells import make_cells
from proda.data.point_stocks import read_point_stocks
from proda.data.profiles import collect_profiles
from proda.data.region import Region
from proda.errors import InputError

FOLDER = ROOT / "tests" / "data" / "cases"
CASES = yaml.safe_load((FOLDER / "index.yaml").read_text(encoding="utf-8"))
REGION = Region("box", shapely.box(-125, 24, -66, 50), {})


def horizons(path, settings):
    ledger = collect_profiles({"format": "table", "path": path, **settings}, REGION.contains)
    ledger.require_accepted(path)
    assert set(ledger.horizons["status"]) == {"accepted"}
    return {"carbon": ledger.horizons["organic_carbon"].tolist()}


def points(path, settings):
    source = {"path": path.name, "unit": "Mg ha-1", "top": 0, "bottom": 100, **settings}
    cells = make_cells(Region("plains", shapely.box(-100, 38, -96, 41), {}), 1.0)
    table = read_point_stocks(source, path.parent, cells)
    assert set(table["status"]) == {"accepted"}
    return {"stock": table["stock_kg_m2"].tolist()}


READERS = {"table": horizons, "validation": points}


@pytest.mark.parametrize("case", CASES, ids=[f"{k} {c['file']}" for k, c in enumerate(CASES)])
def test_what_becomes_of_a_case(case, caplog):
    path, settings = FOLDER / case["file"], case.get("settings", {})
    if "error" in case:
        with pytest.raises(InputError) as error:
            READERS[case["reader"]](path, settings)
        for fragment in case["error"]:
            assert fragment in str(error.value)
        return
    for name, values in READERS[case["reader"]](path, settings).items():
        assert values == pytest.approx(case[name])
    assert case.get("log", "") in caplog.text
