"""Every broken input of the corpus ends in an error that states what is wrong and where."""

import pytest
import yaml

from bad_inputs import configs, fields, rasters, regions, registers, tables, written
from bad_inputs.readers import READERS
from make_bad_inputs import BAD, CASES, INDEX, write_corpus
from proda.errors import InputError

ENTRIES = yaml.safe_load((BAD / INDEX).read_text(encoding="utf-8"))

# For every reader of the user's files, the base that the corpus breaks.
SOUND = {
    "config": ("c.yaml", lambda path: path.write_text(yaml.safe_dump(configs.SOUND))),
    "table": ("t.csv", lambda path: path.write_text(tables.SOUND)),
    "wosis": ("w", tables.write_snapshot),
    "points": ("p.csv", lambda path: path.write_text(written.POINTS)),
    "region": ("r.geojson", lambda path: path.write_text(regions.SOUND)),
    "covariate_table": ("c.csv", lambda path: path.write_text(registers.COVARIATES)),
    "sources": ("s.csv", lambda path: path.write_text(registers.SOURCES)),
    "example_columns": ("e.csv", lambda path: path.write_text(registers.COLUMN_TABLE)),
    "map_units": ("m.csv", lambda path: path.write_text(registers.COMPONENT)),
    "covariate": ("c.tif", rasters.write_map),
    "npp_rasters": ("n", rasters.write_years),
    "reference": ("r", rasters.write_stocks),
    "clm": ("c.nc", fields.write_clm),
    "npp_netcdf": ("n.nc", fields.write_npp),
}
BETWEEN_JOBS = {"cells", "horizons", "observations", "site_forcing", "site_posteriors"}


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["path"] for entry in ENTRIES])
def test_broken_input_is_explained(entry):
    with pytest.raises(InputError) as error:
        READERS[entry["reader"]](BAD / entry["path"], **entry.get("options", {}))
    message = str(error.value)
    for fragment in entry["expect"]:
        assert fragment in message
    assert "expected" in message and "found" in message


@pytest.mark.parametrize("reader", SOUND)
def test_the_sound_base_passes(reader, tmp_path):
    name, write = SOUND[reader]
    path = tmp_path / name
    write(path)
    READERS[reader](path, **({"unit": "Mg ha-1"} if reader == "reference" else {}))


def test_the_corpus_is_what_its_script_makes(tmp_path):
    write_corpus(tmp_path)
    made, kept = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path, BAD)
    )
    assert made.keys() == kept.keys()
    assert [str(path) for path in made if made[path] != kept[path]] == []


def test_the_corpus_is_small_and_reaches_every_reader():
    assert len(ENTRIES) == len(CASES) >= 60
    assert {entry["reader"] for entry in ENTRIES} == READERS.keys() == SOUND.keys() | BETWEEN_JOBS
    assert all(path.stat().st_size < 20_000 for path in BAD.rglob("*.*") if path.name != INDEX)
