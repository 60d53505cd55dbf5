"""GeoTIFFs of maps: read back in their place, north up, with names and units; parameter maps."""

import numpy as np
import pytest
import rasterio
import xarray as xr

from proda.errors import InputError
from proda.inference.certification import Certification
from proda.parameters.draws import write_draws
from proda.parameters.parameter_maps import parameter_maps
from proda.projection.export import Band, export_parameters, export_stocks, write_geotiff
from proda.projection.files import grid_dataset, write_projection
from proda.projection.forward import project
from proda.projection.soc import DrawnSoc, GivenSoc
from projection_cases import forcing_of, make_cells
from site_cases import MODEL, random_theta

RNG = np.random.default_rng(9)
CELLS = make_cells()
DRAWS = random_theta(RNG, 4 * 6).reshape(4, 6, -1)
DRAWS[2, 3] = np.nan


def projected():
    theta = DRAWS.swapaxes(0, 1)
    source = DrawnSoc(MODEL, lambda i, n: theta[i : i + n], 4, forcing_of(RNG, 6))
    projection = project(source, MODEL.grid, land_area=CELLS.land_area_m2)
    return grid_dataset(projection, CELLS, MODEL.grid, "neural_network")


INFORMED = RNG.random((6, 25)), RNG.random(25)


def maps_of(tmp_path, draws=DRAWS):
    theta = random_theta(RNG, len(draws)).reshape(len(draws), 1, -1)
    write_draws(
        tmp_path / "d.nc",
        MODEL,
        theta_profile=theta,
        theta_cell=draws,
        profile_ids=["1"],
        cells=CELLS,
        attributes=Certification(False, "2 of 9").attributes,
    )
    return parameter_maps(MODEL, "neural_network", tmp_path / "d.nc", CELLS, *INFORMED)


def test_stocks_are_read_back_where_they_lie(tmp_path):
    dataset = projected().assign_attrs(seed="7")
    export_stocks(dataset, tmp_path / "s.tif")
    with rasterio.open(tmp_path / "s.tif") as file:
        assert file.crs.to_epsg() == 4326
        assert file.count == 15
        assert file.descriptions[0] == "soil organic carbon stock 0-30 cm, mean (kg m-2)"
        assert file.descriptions[14] == "soil organic carbon stock 0-200 cm, p95 (kg m-2)"
        assert set(file.units) == {"kg m-2"}
        assert np.isnan(file.nodata)
        assert file.transform.e < 0 < file.transform.a
        assert tuple(file.bounds) == pytest.approx((-100.0, 40.0, -98.5, 41.0))
        tags = file.tags()
        assert (tags["method"], tags["seed"]) == ("neural_network", "7")
        for lat, lon in zip(CELLS.lat, CELLS.lon, strict=True):
            (found,) = file.sample([(lon, lat)])
            here = dataset.sel(lat=lat, lon=lon)
            wanted = [here[f"stock_{kind}"].values / 1000 for kind in ("mean", "p05", "p95")]
            np.testing.assert_allclose(found, np.concatenate(wanted), rtol=1e-6)
        mask = file.read_masks(1) > 0
        np.testing.assert_array_equal(mask, [[False, True, True], [True, True, True]])


def test_one_run_has_bands_of_the_mean_alone(tmp_path):
    projection = project(GivenSoc(np.ones((6, 10))), MODEL.grid, land_area=CELLS.land_area_m2)
    export_stocks(grid_dataset(projection, CELLS, MODEL.grid, "default"), tmp_path / "s.tif")
    with rasterio.open(tmp_path / "s.tif") as file:
        assert file.count == 5


def test_the_file_is_cloud_optimised_and_has_overviews_of_large_maps(tmp_path):
    lat, lon = np.arange(-89.75, 90, 0.5), np.arange(-179.75, 180, 0.5)
    values = np.cos(np.radians(lat))[:, None] * np.ones(lon.size)
    band = xr.DataArray(values, {"lat": lat, "lon": lon}, ("lat", "lon"))
    write_geotiff(tmp_path / "w.tif", [Band(band, "cosine (1)", "1", "cosine", "mean")])
    with rasterio.open(tmp_path / "w.tif") as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.block_shapes == [(128, 128)]
        assert file.overviews(1) == [2, 4, 8]
        np.testing.assert_array_equal(file.read(1), values[::-1].astype("f4"))
        half = file.read(1, out_shape=(180, 360))
        np.testing.assert_allclose(half[:, 0], values[::-1, 0].reshape(-1, 2).mean(1), rtol=1e-6)
    assert [path.name for path in tmp_path.iterdir()] == ["w.tif"]


def test_either_order_of_rows_gives_the_same_bytes(tmp_path):
    band = projected()["stock_mean"][0]
    write_geotiff(tmp_path / "a.tif", [Band(band, "x", "1", "x", "mean")])
    write_geotiff(tmp_path / "b.tif", [Band(band[::-1].T, "x", "1", "x", "mean")])
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_longitudes_from_0_to_360_become_those_from_180_west(tmp_path):
    lon = np.arange(0.5, 360.0)
    band = xr.DataArray(lon + np.zeros((2, 1)), {"lat": [10.5, 11.5], "lon": lon}, ("lat", "lon"))
    write_geotiff(tmp_path / "w.tif", [Band(band, "x", "1", "lon", "mean")])
    with rasterio.open(tmp_path / "w.tif") as file:
        assert tuple(file.bounds) == (-180.0, 10.0, 180.0, 12.0)
        np.testing.assert_array_equal(file.read(1)[0], np.r_[lon[180:], lon[:180]])
        assert file.tags(1) == {"quantity": "lon", "statistic": "mean"}
    across = band.sel(lon=slice(170, 190))
    write_geotiff(tmp_path / "a.tif", [Band(across, "x", "1", "lon", "mean")])
    with rasterio.open(tmp_path / "a.tif") as file:
        assert tuple(file.bounds) == (170.0, 10.0, 190.0, 12.0)


def test_parameter_maps_hold_means_and_spread_in_both_forms(tmp_path):
    maps = maps_of(tmp_path)
    table, i = MODEL.parameters, MODEL.parameters.index("q10")
    wanted = DRAWS.mean(axis=0)
    np.testing.assert_allclose(maps["theta_mean"].values.reshape(25, 6), wanted.T, rtol=1e-12)
    spread = maps["theta_sd"].values[i].ravel()
    np.testing.assert_allclose(spread, DRAWS[:, :, i].std(axis=0, ddof=1), rtol=1e-12)
    physical = table.to_physical(wanted)[:, i]
    np.testing.assert_allclose(maps["q10"].values.ravel(), physical, rtol=1e-12)
    np.testing.assert_allclose(maps["q10_sd"].values.ravel(), spread * (3 - 1.2), rtol=1e-12)
    near, informed = INFORMED
    np.testing.assert_array_equal(maps["contraction"].values.reshape(25, 6), near.T)
    np.testing.assert_array_equal(maps["informed_profiles"], informed)
    assert maps.attrs["certified"] == 0
    assert maps["slow_soc_turnover_time"].attrs["units"] == "yr"
    assert np.isnan(maps["q10"].values.ravel()[3])


def test_parameter_maps_are_written_in_both_formats(tmp_path):
    maps = maps_of(tmp_path)
    write_projection(tmp_path / "p.nc", maps, {"seed": "7"})
    export_parameters(maps, tmp_path / "p.tif")
    with xr.open_dataset(tmp_path / "p.nc") as file:
        np.testing.assert_array_equal(file["q10"], maps["q10"])
        assert file.attrs["seed"] == "7"
        assert file["q10"].attrs["units"] == "1"
    with rasterio.open(tmp_path / "p.tif") as file:
        assert file.count == 75
        assert file.tags()["certified"] == "0" and file.tags()["certificate"] == "2 of 9"
        assert (
            file.descriptions[25] == f"{MODEL.parameters.names[0]}, contraction of nearest profiles"
        )
        np.testing.assert_allclose(file.read(27)[::-1], maps["contraction"][1], rtol=1e-6)
        i = MODEL.parameters.index("slow_soc_turnover_time")
        assert file.descriptions[i] == "slow_soc_turnover_time (yr)"
        assert file.units[i] == "yr"
        np.testing.assert_allclose(
            file.read(i + 1)[::-1], maps["slow_soc_turnover_time"], rtol=1e-6
        )


def test_one_draw_has_no_spread(tmp_path):
    maps = maps_of(tmp_path, DRAWS[:1])
    assert "theta_sd" not in maps
    assert "q10_sd" not in maps


def test_homogeneous_parameters_have_no_map(tmp_path):
    write_draws(tmp_path / "d.nc", MODEL, theta=random_theta(RNG, 2))
    with pytest.raises(InputError, match=r"d\.nc: expected theta_cell.*parameter, theta"):
        parameter_maps(MODEL, "one_batch", tmp_path / "d.nc", CELLS, *INFORMED)


def test_maps_that_are_not_regular_or_differ_are_rejected(tmp_path):
    one = xr.DataArray(np.ones((2, 3)), {"lat": [1.0, 2.0], "lon": [1.0, 2.0, 4.0]}, ("lat", "lon"))
    with pytest.raises(InputError, match=r"lon: expected .*evenly spaced.*3 centres, unevenly"):
        write_geotiff(tmp_path / "x.tif", [Band(one, "x", "1", "x", "mean")])
    regular = one.assign_coords(lon=[1.0, 2.0, 3.0])
    bands = [Band(values, "x", "1", "x", "mean") for values in (regular, one.rename("stock"))]
    with pytest.raises(InputError, match=r"stock: expected the grid of the other maps"):
        write_geotiff(tmp_path / "x.tif", bands)
    assert not (tmp_path / "x.tif").exists()
