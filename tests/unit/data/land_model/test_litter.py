"""Litter input from standard fields: made-up columns whose input is known."""

import logging

import numpy as np
import pytest

from clm_files import (
    LITTER,
    MONTH_DAYS,
    NODES_20,
    THICKNESS_20,
    field,
    monthly_fields,
    write_history,
    write_monthly,
)
from proda.data.forcing_sources import read_soil
from proda.data.land_model.litter.fluxes import REQUIRED
from proda.errors import InputError

STRUCTURE = "clm5-20"
SECONDS = 365 * 86400
SHARES = {"cwd": 0.2, "metabolic": 0.3, "cellulose": 0.4, "lignin": 0.1}
YEARS = 2
PROFILES = {"LEAF_PROF": 0, "FROOT_PROF": 1, "STEM_PROF": 2, "CROOT_PROF": 3}


def without_accumulated():
    return {name: values for name, values in monthly_fields(YEARS).items() if name not in LITTER}


def flux(annual, levels=0):
    """Flux that gives so much in a year, the same in every month."""
    return field(np.full(12 * YEARS, annual / SECONDS), levels)


def profile(layer):
    """Depth profile with everything in one layer."""
    values = np.zeros((12 * YEARS, 20, 4, 4))
    values[:, layer] = 1 / THICKNESS_20[layer]
    return values


def in_layers(values):
    """(layers,) as (time, layers, lat, lon)."""
    return np.asarray(values)[None, :, None, None] * np.ones((12 * YEARS, 1, 4, 4))


def write(folder, more):
    units = {name: "gC/m^3/s" for name in more if name.endswith("_vr") or "TNDNCY" in name}
    units |= {name: "gC/m^3" for name in more if name.endswith("C_vr") and "_TO_" not in name}
    units |= {name: "1/m" for name in more if name.endswith("_PROF")}
    units |= {name: "gC/m^2" for name in more if name in ("CWDC", "LITR1C", "LITR2C", "LITR3C")}
    units = dict.fromkeys(more, "gC/m^2/s") | units
    return write_monthly(folder, without_accumulated() | more, units=units)


def one_cell(soil):
    cell = soil.isel(lat=1, lon=1)
    return cell.litter_input.values, cell.litter_input_by_layer.values * THICKNESS_20


FLUXES = {name: flux(10.0 * k) for k, name in enumerate(REQUIRED, start=1)}


def test_fluxes_go_to_the_pools_and_layers_of_their_organs(tmp_path):
    """10, 20 leaves and roots fall, 30 ... 80 die; 100 of root reserves, 8 of stems burn."""
    more = FLUXES | {name: profile(layer) for name, layer in PROFILES.items()}
    more |= {"M_FROOTC_STORAGE_TO_LITTER": flux(100.0), "M_DEADSTEMC_TO_LITTER_FIRE": flux(8.0)}
    soil = read_soil(STRUCTURE, write(tmp_path, more))
    total, by_layer = one_cell(soil)
    leaf, root = 10 + 30, 20 + 40
    np.testing.assert_allclose(
        total, [50 + 60 + 70 + 80 + 8, (leaf + root) / 4 + 100, (leaf + root) / 2, 25.0]
    )
    expected = np.zeros((4, 20))
    expected[1:, 0] = leaf * np.array([0.25, 0.5, 0.25])
    expected[1:, 1] = root * np.array([0.25, 0.5, 0.25]) + [100, 0, 0]
    expected[0, 2], expected[0, 3] = 50 + 60 + 8, 70 + 80
    np.testing.assert_allclose(by_layer, expected, atol=1e-9)
    assert soil.attrs["litter_input_source"].startswith("10 fluxes of litterfall and mortality")
    assert "without those of harvest" in soil.attrs["litter_input_source"]


def test_a_profile_that_follows_the_seasons_meets_the_flux_month_by_month(tmp_path):
    """Roots die in summer, when they reach deeper, as the thaw does."""
    months = np.tile(np.arange(12), YEARS)
    dying = np.where(months < 6, 100.0, 300.0) / SECONDS
    deep = profile(4)
    deep[months < 6] = profile(1)[months < 6]
    more = {name: flux(0.0) for name in REQUIRED} | {"FROOTC_TO_LITTER": field(dying)}
    more |= {name: profile(layer) for name, layer in PROFILES.items()} | {"FROOT_PROF": deep}
    _, by_layer = one_cell(read_soil(STRUCTURE, write(tmp_path, more)))
    np.testing.assert_allclose(by_layer[2, [1, 4]], [25.0, 75.0], rtol=1e-6)


def test_without_profiles_the_totals_stay_and_depth_is_that_of_roots(tmp_path):
    soil = read_soil(STRUCTURE, write(tmp_path, FLUXES))
    total, by_layer = one_cell(soil)
    np.testing.assert_allclose(total, [260, 25, 50, 25], rtol=1e-6)
    np.testing.assert_allclose(by_layer.sum(axis=1), total)
    beta = (by_layer / total[:, None]).cumsum(axis=1)[:, 5]
    np.testing.assert_allclose(beta, 1 - 0.966 ** (100 * THICKNESS_20[:6].sum()), rtol=1e-6)
    assert "without LEAF_PROF" in soil.attrs["litter_input_source"]


def budget(ending):
    """Budget of a column that gains 1, 2, 3 and 4 gC m-3 yr-1 in every layer (CWD, L1, L2, L3);
    the inputs, and the fields."""
    layer = np.arange(20.0)
    inputs = np.arange(1.0, 5)[:, None] * np.ones(20)
    from_cwd = {"LITR2C": 0.4 + layer / 100, "LITR3C": 0.2 + layer / 100}
    lost = sum(from_cwd.values())
    growth = {"CWDC": inputs[0] - lost}
    fields = {f"CWDC_TO_{name}{ending}": value for name, value in from_cwd.items()}
    for k, (name, to) in enumerate(
        {"LITR1": "SOIL1C", "LITR2": "SOIL1C", "LITR3": "SOIL2C"}.items()
    ):
        gain = inputs[k + 1] + from_cwd.get(f"{name}C", 0.0)
        # The upper half of the column sends carbon to the lower half.
        moved = np.where(layer < 10, -0.1, 0.1 * THICKNESS_20[:10].sum() / THICKNESS_20[10:].sum())
        fields |= {f"{name}_HR{ending}": 0.3 * gain, f"{name}C_TO_{to}{ending}": 0.5 * gain}
        if ending:
            fields[f"{name}C_TNDNCY_VERT_TRANS"] = moved
        growth[f"{name}C"] = 0.2 * gain + moved
    fields = {
        name: in_layers(values) / SECONDS if ending else flux((values * THICKNESS_20).sum())
        for name, values in fields.items()
    }
    year = np.repeat(np.arange(YEARS), 12)[:, None, None, None]
    for name, rate in growth.items():
        stock = 500 + year * in_layers(rate)
        dz = THICKNESS_20[:, None, None]
        fields[f"{name}{ending}"] = stock if ending else (stock * dz).sum(axis=1)
    return inputs * THICKNESS_20, fields


@pytest.mark.parametrize("ending", ["_vr", ""], ids=["by layer", "of the column"])
def test_the_budget_of_growing_and_moving_pools_gives_their_input(tmp_path, ending):
    inputs, fields = budget(ending)
    soil = read_soil(STRUCTURE, write(tmp_path, fields))
    total, by_layer = one_cell(soil)
    np.testing.assert_allclose(total, inputs.sum(axis=1), rtol=2e-3)
    if ending:
        np.testing.assert_allclose(by_layer, inputs, rtol=2e-3)
    assert soil.attrs["litter_input_source"].startswith(
        f"budget of the pools {'by' if ending else 'of'}"
    )
    assert "with the change of the pools" in soil.attrs["litter_input_source"]


def test_production_in_stated_shares_and_its_ratio_to_litter(tmp_path, caplog):
    files = write(tmp_path, {"NPP": flux(400.0)})
    with caplog.at_level(logging.INFO):
        soil = read_soil(STRUCTURE, files, npp_shares=SHARES)
    np.testing.assert_allclose(one_cell(soil)[0], [80, 120, 160, 40], rtol=1e-6)
    assert soil.attrs["litter_input_over_npp"].startswith("median 1 ")
    assert "litter input: net primary production in shares (cwd 0.2" in caplog.text


def test_litter_far_from_production_is_a_warning(tmp_path, caplog):
    soil = read_soil(STRUCTURE, write(tmp_path, FLUXES | {"NPP": flux(1200.0)}))
    assert soil.attrs["litter_input_over_npp"].startswith("median 0.3 ")
    [record] = [r for r in caplog.records if "litter input over NPP" in r.message]
    assert record.levelname == "WARNING"


def test_the_first_way_that_the_files_serve_unless_another_is_named(tmp_path):
    _, fields = budget("_vr")
    files = write(tmp_path, FLUXES | fields | {"NPP": flux(400.0)})
    shares = {"npp_shares": SHARES}
    starts = {"auto": "8 fluxes", "fluxes": "8 fluxes", "budget": "budget", "npp": "net primary"}
    for method, start in starts.items():
        soil = read_soil(STRUCTURE, files, litter_input=method, **shares)
        assert soil.attrs["litter_input_source"].startswith(start)
    with pytest.raises(InputError, match="litter_input: accumulated, CWD_INPUT_ACC_VECTOR"):
        read_soil(STRUCTURE, files, litter_input="accumulated")
    fewer = monthly_fields()
    accumulated = write_monthly(tmp_path, fewer | {name: 0.1 * fewer[name] for name in LITTER})
    soil = read_soil(STRUCTURE, accumulated)
    assert soil.attrs["litter_input_source"] == "accumulated by the land model"


def test_files_that_serve_no_way_are_told_what_each_lacks(tmp_path):
    files = write(tmp_path, {name: FLUXES[name] for name in REQUIRED[:3]})
    with pytest.raises(InputError) as caught:
        read_soil(STRUCTURE, files)
    assert "for fluxes no M_FROOTC_TO_LITTER, M_LIVESTEMC_TO_LITTER" in str(caught.value)
    assert "for npp no NPP, npp_shares" in str(caught.value)


def test_a_flux_in_another_unit_is_named(tmp_path):
    files = write_monthly(
        tmp_path, without_accumulated() | FLUXES, units=dict.fromkeys(FLUXES, "gC/m^2/yr")
    )
    with pytest.raises(InputError, match="LEAFC_TO_LITTER: expected units gC m-2 s-1"):
        read_soil(STRUCTURE, files)


def test_a_single_column_with_the_fluxes_of_standard_output(tmp_path):
    lat, lon = np.array([60.3]), np.array([11.1])
    fields = without_accumulated() | FLUXES
    shape = {name: values[..., :1, :1] for name, values in fields.items()}
    units = dict.fromkeys(FLUXES, "gC/m^2/s")
    end = np.cumsum(np.resize(MONTH_DAYS, 12 * YEARS)).astype(float)
    bounds = np.stack([end - np.resize(MONTH_DAYS, 12 * YEARS), end], axis=1)
    options = {"lat": lat, "lon": lon, "nodes": NODES_20, "level": "levsoi"}
    history = write_history(tmp_path / "h0.nc", shape, bounds, units=units, **options)
    rock = write_history(tmp_path / "surf.nc", {"nbedrock": np.full((1, 1), 12)}, **options)
    soil = read_soil(STRUCTURE, [history, rock])
    assert soil.sizes["lat"] == soil.sizes["lon"] == 1
    np.testing.assert_allclose(soil.litter_input.values.ravel(), [260, 25, 50, 25], rtol=1e-6)
