"""Regions by country, by a box and by features of a file, and the file they are written to."""

import json

import pytest
import shapely

from proda.config.sections.region import RegionSettings
from proda.data.region import read_region
from proda.data.region_choice import COUNTRIES, choose_region, write_region
from proda.errors import InputError


# Area of the land, thousand km2: CIA World Factbook, Natural Earth's lakes count as land.
@pytest.mark.parametrize(
    ("country", "area", "inside", "outside"),
    [
        ("Germany", 357, (10.0, 51.0), (2.3, 48.9)),
        ("switzerland", 41.3, (8.2, 46.9), (9.55, 47.15)),
        (("Kenya", "Uganda"), 580 + 241, (36.8, -1.3), (39.3, -6.8)),
        ("Fiji", 18.3, (178.0, -17.8), (-170.0, -14.0)),
    ],
)
def test_countries(country, area, inside, outside):
    region = choose_region(RegionSettings(country=country))
    assert region.area_m2 / 1e9 == pytest.approx(area, rel=0.07)
    assert region.contains(*inside) and not region.contains(*outside)


def test_neighbours_meet_and_all_outlines_are_valid():
    world = read_region(COUNTRIES)
    assert len(world.parts) == 219
    assert world.area_m2 / 1e12 == pytest.approx(134.9, rel=0.005)
    parts = [world.parts[name] for name in ("France", "Germany", "Belgium", "Luxembourg")]
    together = shapely.union_all(parts)
    overlap = sum(part.area for part in parts) - together.area
    assert overlap < 1e-6 * together.area
    assert max(len(part.interiors) for part in shapely.get_parts(together)) == 0


def test_a_country_that_is_not_there():
    message = r"config region.country: .*name 'Germny', found none; it has Germany.*English names"
    with pytest.raises(InputError, match=message):
        choose_region(RegionSettings(country="Germny"))


def test_a_box_of_land_of_a_country_and_across_the_date_line():
    land = choose_region(RegionSettings(bounds=(5, 45, 15, 55)))
    assert land.name == "land within 5, 45, 15, 55" and land.geometry.bounds[:2] == (5, 45)
    assert land.contains(10, 51) and not land.contains(6, 54.5)
    part = choose_region(RegionSettings(country="Germany", bounds=(5, 45, 10, 55)))
    whole = choose_region(RegionSettings(country="Germany"))
    assert 0.3 < part.area_m2 / whole.area_m2 < 0.6 and part.geometry.bounds[2] <= 10
    islands = choose_region(RegionSettings(country="Fiji", bounds=(179, -20, -179, -10)))
    assert islands.contains(179.97, -16.9)
    assert not islands.contains(178.0, -17.8)
    with pytest.raises(InputError, match=r"land of world, found none in -60, 30, -50, 40"):
        choose_region(RegionSettings(bounds=(-60, 30, -50, 40)))


def test_a_feature_of_a_file_is_written_as_it_will_be_read(tmp_path):
    source = {"type": "FeatureCollection", "features": []}
    for k, name in enumerate(("east", "west")):
        geometry = shapely.geometry.mapping(shapely.box(k, 0, k + 1, 1))
        properties = {"district": name, "name": name.title()}
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        source["features"].append(feature)
    file = tmp_path / "districts.geojson"
    file.write_text(json.dumps(source))
    settings = RegionSettings(polygon=str(file), attribute="district", value="west")
    region = choose_region(settings)
    write_region(region, tmp_path / "out.geojson")
    found = read_region(tmp_path / "out.geojson")
    assert found.name == "west" and list(found.parts) == ["West"]
    assert found.geometry.equals(shapely.box(1, 0, 2, 1))
