"""A sound configuration for two cells of the plains, of which tests break one part at a time."""

import json

import shapely
import yaml

from bad_inputs import fields, tables
from bad_inputs.readers import PLAINS
from proda.data.covariate_table import COLUMNS

BIO1 = {
    "name": "BIO1",
    "product": "temperature",
    "kind": "continuous",
    "unit": "degC",
    "scale": 1,
    "offset": 0,
    "valid_min": -60,
    "valid_max": 60,
    "source": "own",
}


def plains(folder, **changes):
    """Write a configuration with region, profiles and history of a land model; its path.

    changes: sections to replace.
    """
    outline = folder / "plains.geojson"
    outline.write_text(json.dumps(shapely.geometry.mapping(PLAINS.geometry)))
    (folder / "soil.csv").write_text(tables.SOUND)
    fields.write_clm(folder / "clm.nc")
    config = {
        "dataset": "plains",
        "data_dir": str(folder),
        "methods": ["default"],
        "region": {"polygon": str(outline), "resolution": 1.0},
        "profiles": {"source": {"format": "table", "path": "soil.csv"}},
        "forcing": {"clm": {"files": ["clm.nc"]}, "npp": {"format": "clm"}},
        "covariates": {"names": []},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config | changes, sort_keys=False))
    return path


def covariate_table(folder, raster, **changes):
    """Write a table of one covariate; its path."""
    row = BIO1 | {"file": str(raster)} | changes
    lines = [",".join(COLUMNS), ",".join(str(row.get(name, "")) for name in COLUMNS)]
    path = folder / "covariates.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
