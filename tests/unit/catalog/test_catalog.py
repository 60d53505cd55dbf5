"""A small catalogue: values and places of maps, descriptions that are valid and can be moved."""

import json
import shutil
import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pystac
import pytest
import rasterio
import rioxarray
import xarray as xr

from process_cases import process_dataset
from proda.catalog.about import About, read_citation
from proda.catalog.maps import CHANGE, MapSources, write_maps
from proda.catalog.origin import source_files
from proda.catalog.write import write_catalog
from proda.config.sections.catalog import CatalogSettings
from proda.model.processes import PROCESSES
from proda.projection.export import Band, write_geotiff
from proda.tables import write_table
from proda.workflow_state.record import record_path
from projection_cases import make_cells
from transient_cases import CHANGES, result_of
from workflow_runs import ROOT

CITATION = read_citation(ROOT / "CITATION.cff")
CELLS = make_cells()
VALUES = np.array([1.0, 2.0, 3.0, np.nan, 5.0, 6.0])


def about(synthetic=False, **settings):
    return About(
        "small",
        synthetic,
        CatalogSettings(**settings),
        "ten layers.",
        {"hybrid": "Hybrid"},
        CITATION,
    )


def grid(lon=(170.5, 171.5, 172.5)):
    values = np.arange(2.0 * len(lon)).reshape(2, -1)
    return xr.DataArray(values, {"lat": [50.5, 51.5], "lon": list(lon)}, ("lat", "lon"))


def sources_of(folder, lon, mechanisms):
    stocks = folder / "stocks.tif"
    write_geotiff(stocks, [Band(grid(lon), "stock", "kg m-2", "stock", "mean")], {"certified": "0"})
    if not mechanisms:
        return MapSources({"hybrid": stocks}, {}, {})
    maps = process_dataset(CELLS, VALUES, spread=0.5)
    for process in PROCESSES:
        maps[f"{process.name}_mean"].attrs["units"] = process.units
    maps.to_netcdf(folder / "p.nc")
    return MapSources({"hybrid": stocks}, {}, {"hybrid": folder / "p.nc"})


def written(folder, about, lon=(170.5, 171.5, 172.5), mechanisms=False):
    results = folder / "results"
    write_table(
        results / "tables" / "vegetation_profiles.csv",
        pd.DataFrame({"vegetation": ["=forest"], "profiles": [3], "used": [2]}),
    )
    table = results / "tables" / "vegetation_profiles.csv"
    faults = write_catalog(
        folder / "catalog",
        sources_of(folder, lon, mechanisms),
        [table],
        results,
        {"data/horizons.csv": "sha256:1", "/elsewhere/land.nc": "sha256:2"},
        {"dataset": "small", "seed": 1},
        ["numpy"],
        about,
    )
    assert faults == []
    return folder / "catalog"


def test_maps_keep_values_and_places_in_rioxarray_and_gdal(tmp_path):
    catalog = written(tmp_path, about(), mechanisms=True)
    with xr.open_dataset(tmp_path / "p.nc") as maps:
        image = rioxarray.open_rasterio(catalog / "maps" / "hybrid_mechanisms.tif")
        with rasterio.open(catalog / "maps" / "hybrid_mechanisms.tif") as file:
            assert file.count == 3 * len(PROCESSES) == len(image.band)
            assert tuple(file.bounds) == (-100.0, 40.0, -98.5, 41.0)
            for i in file.indexes:
                tags = file.tags(i)
                wanted = maps[f"{tags['quantity']}_{tags['statistic']}"]
                found = image.sel(band=i).sel(x=wanted.lon, y=wanted.lat)
                np.testing.assert_allclose(found.values, wanted.values, rtol=1e-6)
            assert file.units[0] == PROCESSES[0].units


def test_stac_is_valid_complete_and_can_be_moved(tmp_path):
    catalog = written(tmp_path, about(synthetic=True, provider="Institute", period=(1990, 2000)))
    moved = tmp_path / "elsewhere" / "moved"
    shutil.move(catalog, moved)
    collection = pystac.Collection.from_file(str(moved / "collection.json"))
    assert collection.license == "CC-BY-4.0" and collection.providers[0].name == "Institute"
    items = {item.id: item for item in collection.get_items()}
    assert set(items) == {"hybrid_stocks"}
    item = items["hybrid_stocks"]
    asset = item.assets["map"]
    with rasterio.open(asset.get_absolute_href()) as file:
        assert item.bbox == list(file.bounds)
        assert item.properties["proj:transform"] == list(file.transform)[:6]
        assert item.properties["proj:shape"] == list(file.shape)
    (band,) = asset.extra_fields["raster:bands"]
    assert (band["unit"], band["nodata"], band["data_type"]) == ("kg m-2", "nan", "float32")
    assert band["statistics"]["maximum"] == 5.0 and band["proda:statistic"] == "mean"
    assert item.properties["proda:certified"] is False
    assert item.properties["start_datetime"] == "1990-01-01T00:00:00Z"
    # Against the schemas that come with pystac; those of the extensions are on the web only.
    validator = pystac.validation.stac_validator.JsonSchemaSTACValidator()
    for path in moved.glob("items/*.json"):
        content = json.loads(path.read_text())
        assert validator.validate_core(content, pystac.STACObjectType.ITEM, "1.1.0")
        for link in content["links"]:
            assert link["href"].startswith(("..", "https://doi.org/"))
        with pytest.raises(pystac.errors.STACValidationError):
            validator.validate_core(content | {"bbox": "x"}, pystac.STACObjectType.ITEM, "1.1.0")


def test_a_map_across_the_date_line_has_the_outline_of_both_sides(tmp_path):
    catalog = written(tmp_path, about(), lon=(178.5, 179.5, 180.5))
    item = json.loads((catalog / "items" / "hybrid_stocks.json").read_text())
    assert item["bbox"] == [178.0, 50.0, -179.0, 52.0]
    west, east = item["geometry"]["coordinates"]
    assert west[0][1] == [180.0, 50.0] and east[0][0] == [-180.0, 50.0]


def test_the_licence_of_own_data_is_unknown_unless_it_is_stated(tmp_path):
    catalog = written(tmp_path, about())
    assert json.loads((catalog / "collection.json").read_text())["license"] == "other"
    assert "licenses" not in json.loads((catalog / "datapackage.json").read_text())
    assert not {"license", "publication_date"} & set(
        json.loads((catalog / "zenodo.json").read_text())
    )
    stated = about(license="CC0-1.0", creators=("Doe, J.",), published="2026-01-02")
    catalog = written(tmp_path, stated)
    deposit = json.loads((catalog / "zenodo.json").read_text())
    assert (deposit["license"], deposit["publication_date"]) == ("cc0-1.0", "2026-01-02")
    assert deposit["creators"] == [{"name": "Doe, J."}]


def test_the_origin_names_inputs_without_folders_of_the_machine_and_all_files(tmp_path):
    catalog = written(tmp_path, about())
    crate = json.loads((catalog / "ro-crate-metadata.json").read_text())["@graph"]
    by_id = {entity["@id"]: entity for entity in crate}
    files = {path.relative_to(catalog).as_posix() for path in catalog.rglob("*") if path.is_file()}
    assert files - {"ro-crate-metadata.json"} == {part["@id"] for part in by_id["./"]["hasPart"]}
    inputs = [by_id[one["@id"]] for one in by_id["#run"]["object"]]
    assert {(one["name"], one["identifier"]) for one in inputs} == {
        ("data/horizons.csv", "sha256:1"),
        ("land.nc", "sha256:2"),
    }
    first = {path.name: path.read_bytes() for path in catalog.glob("*.*")}
    written(tmp_path, about())
    assert first == {path.name: path.read_bytes() for path in catalog.glob("*.*")}


def test_sources_are_what_no_job_made(tmp_path):
    (made, between, source) = (tmp_path / name for name in ("made.csv", "between.nc", "raw.csv"))
    for result, read in ((made, between), (between, source)):
        record = {
            "format": 1, "result": str(result), "rule": "r", "code": "", "wildcards": {},
            "settings": {}, "inputs": {str(read): f"sha256:{read.name}"}, "outputs": {},
        }  # fmt: skip
        record_path(result).write_text(json.dumps(record))
    assert source_files([made]) == {str(source): "sha256:raw.csv"}


def test_changes_through_time_are_maps_of_each_set_and_scenario(tmp_path, monkeypatch):
    result = result_of(CHANGES)
    lon, lat = np.array([10.5, 13.5]), np.array([2.5, 2.5])
    result.cells = replace(result.cells, lon=lon, lat=lat)
    monkeypatch.setattr("proda.catalog.maps.join_blocks", lambda paths: result)
    found = write_maps(MapSources({}, {}, {}, blocks=["b.nc"], width=3.0), {}, tmp_path)
    names = {(one.method, one.scenario) for one in found}
    assert names == {(name, s) for name in CHANGES for s in result.scenarios}
    for one in found:
        assert one.kind is CHANGE and one.years == (1900, 1901)
        members = result.runs(one.method)
        change = result.final_soc[result.scenarios.index(one.scenario), members].sum(-1)
        change = (change - result.initial_soc[members].sum(-1)).mean(axis=0)
        with rasterio.open(one.path) as file:
            i = next(i for i in file.indexes if file.tags(i)["quantity"] == "change whole column")
            sampled = [value[0] for value in file.sample(zip(lon, lat, strict=True), indexes=[i])]
            np.testing.assert_allclose(sampled, change, rtol=1e-6)


def test_maps_through_time_take_no_more_memory_than_their_cells(tmp_path, monkeypatch):
    rows, columns = 60, 240
    result = result_of({"truth": CHANGES["truth"]}, rows * columns)
    lat, lon = np.meshgrid(0.5 * np.arange(rows), 0.5 * np.arange(columns), indexing="ij")
    result.cells = replace(result.cells, lon=lon.ravel(), lat=lat.ravel())
    result.final_soc[:] += np.arange(rows * columns)[:, None]
    monkeypatch.setattr("proda.catalog.maps.join_blocks", lambda paths: result)
    tracemalloc.start()
    try:
        one, *_ = write_maps(MapSources({}, {}, {}, blocks=["b.nc"], width=0.5), {}, tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A distance of every cell to every column is 8 bytes.
    assert peak < 4 * rows * columns * columns
    with rasterio.open(one.path) as file:
        first, last = file.read(1)[[-1, 0], [0, -1]]  # from north to south
        assert last - first == pytest.approx(rows * columns - 1)
