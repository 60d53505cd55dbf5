"""The same pits in the shapes in which people bring their tables give the same ledger."""

import openpyxl
import pandas as pd
import pytest
import shapely

from proda.config.keys import as_plain, build
from proda.config.sections.profiles import ProfileSettings
from proda.data.configured_profiles import configured_profiles
from proda.data.region import Region

BOX = Region("box", shapely.box(-125, 24, -66, 50), {})
HORIZONS = pd.DataFrame(
    [
        ("ABBY", "001", -122.346369, 45.772619, 0, 9, 372.0, None, 12.5, "Oi"),
        ("ABBY", "001", -122.346369, 45.772619, 9, 23, 63.0, 0.87, 15.5, "A"),
        ("ABBY", "001", -122.346369, 45.772619, 23, 60, 21.0, 1.02, 20.0, "Bw"),
        ("KONZ", "001", -96.56, 39.1, 0, 16, 31.5, 1.13, 0.0, "A"),
        ("KONZ", "001", -96.56, 39.1, 16, 41.5, 16.2, None, 2.0, "Bt"),
        ("KONZ", "002", -96.61, 39.05, 0, 20, 27.0, 1.2, 0.0, "Ap"),
        ("KONZ", "002", -96.61, 39.05, 20, 55, 9.1, 1.34, 1.0, "Bk"),
    ],
    columns=["site", "pit", "lon", "lat", "top", "bottom", "oc", "bd", "stones", "horizon"],
)
NAMES = {
    "longitude": "lon", "latitude": "lat", "upper_depth": "top", "lower_depth": "bottom",
    "organic_carbon": "oc", "bulk_density": "bd", "coarse_fragments": "stones",
}  # fmt: skip
PLACE = {"longitude": "lon", "latitude": "lat"}
OF_HORIZON = {name: column for name, column in NAMES.items() if name not in PLACE}
BOTH = ["site", "pit"]


def one_table(folder):
    HORIZONS.to_csv(folder / "one.csv", index=False)
    return {"path": "one.csv", "columns": NAMES | {"profile_id": BOTH}}


def sites_and_horizons(folder):
    sites = HORIZONS[[*BOTH, "lon", "lat"]].drop_duplicates()
    sites.sample(frac=1, random_state=1).to_csv(folder / "sites.csv", index=False)
    HORIZONS.drop(columns=["lon", "lat"]).to_csv(folder / "layers.tsv", index=False, sep="\t")
    place = {"path": "sites.csv", "columns": PLACE | {"profile_id": BOTH}}
    return {"path": "layers.tsv", "columns": OF_HORIZON | {"profile_id": BOTH}, "sites": place}


def spreadsheet(folder):
    """Three sheets, a row of units, depths in mm, carbon in percent, stones as a fraction."""
    book = openpyxl.Workbook()
    book.active.title = "read me"
    layers, places = book.create_sheet("layers"), book.create_sheet("2019")
    layers.append([*BOTH, "top", "bottom", "oc", "bd", "stones", "horizon"])
    layers.append(["", "", "mm", "mm", "%", "kg m-3", "", ""])
    for row in HORIZONS.itertuples():
        density = None if pd.isna(row.bd) else 1000 * row.bd
        values = [10 * row.top, 10 * row.bottom, row.oc / 10, density, row.stones / 100]
        layers.append([row.site, row.pit, *values, row.horizon])
    places.append([*BOTH, "lon", "lat"])
    for row in HORIZONS.drop_duplicates(BOTH).itertuples():
        places.append([row.site, row.pit, row.lon, row.lat])
    book.save(folder / "pits.xlsx")
    units = {
        "depth_unit": "mm", "organic_carbon_unit": "percent", "bulk_density_unit": "kg_m3",
        "coarse_fragments_unit": "fraction",
    }  # fmt: skip
    place = {"path": "pits.xlsx", "sheet": 3, "columns": PLACE | {"profile_id": BOTH}}
    columns = OF_HORIZON | {"profile_id": BOTH}
    own = {"path": "pits.xlsx", "sheet": "layers", "skip_rows": (2,)}
    return own | units | {"columns": columns, "sites": place}


def intervals_with_decimal_commas(folder):
    table = HORIZONS.copy()
    table["Tiefe"] = [f"{a} – {b} cm" for a, b in zip(table["top"], table["bottom"], strict=True)]
    text = table.drop(columns=["top", "bottom"]).to_csv(index=False, sep=";", decimal=",")
    text = text.replace(".0 ", " ").replace("41.5 cm", "41,5 cm")
    (folder / "tiefen.csv").write_text(text, encoding="cp1252")
    columns = NAMES | {"profile_id": BOTH, "depth": "Tiefe"}
    del columns["upper_depth"], columns["lower_depth"]
    own = {"separator": ";", "decimal": ",", "encoding": "cp1252"}
    return own | {"path": "tiefen.csv", "columns": columns}


def two_header_rows(folder):
    table = HORIZONS.assign(
        top=10 * HORIZONS["top"], bottom=10 * HORIZONS["bottom"], oc=HORIZONS["oc"] / 10
    )
    header, *rows = table.to_csv(index=False).splitlines()
    below = ["site,pit,east,north,top,bottom,carbon,density,stones,", ",,deg,deg,mm,mm,%,g cm-3,%,"]
    (folder / "units.csv").write_text("\n".join([header, *below, *rows]) + "\n")
    units = {"depth_unit": "mm", "organic_carbon_unit": "percent", "skip_rows": (2, 3)}
    return units | {"path": "units.csv", "columns": NAMES | {"profile_id": BOTH}}


def read(folder, shape):
    section = {"source": {"format": "table"} | shape(folder)}
    settings = build(ProfileSettings, section)
    assert as_plain(settings)["source"]["columns"]["profile_id"] == BOTH
    ledger = configured_profiles(settings, folder, BOX, "clm45-10")
    return ledger.profiles, ledger.horizons.drop(columns="horizon_id")


@pytest.mark.parametrize(
    "shape", [sites_and_horizons, spreadsheet, intervals_with_decimal_commas, two_header_rows]
)
def test_every_shape_is_the_same_ledger(tmp_path, shape):
    profiles, horizons = read(tmp_path, one_table)
    assert horizons["status"].astype(str).value_counts().to_dict() == {
        "accepted": 6, "organic_or_litter": 1,
    }  # fmt: skip
    assert list(profiles.index) == ["ABBY/001", "KONZ/001", "KONZ/002"]
    assert horizons["lower_depth"].max() == pytest.approx(0.6)
    other_profiles, other_horizons = read(tmp_path, shape)
    pd.testing.assert_frame_equal(other_profiles, profiles)
    pd.testing.assert_frame_equal(other_horizons, horizons, rtol=1e-12)
