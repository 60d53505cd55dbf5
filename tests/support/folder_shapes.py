"""Folders of data as people have them, from which `proda init` writes a configuration."""

import openpyxl
import pandas as pd

import own_data_files as own
from bad_inputs import tables

PITS = {"A1": (-99.4, 38.6), "B-2": (-98.1, 39.4), "C 3": (-97.2, 40.2), "D4": (-96.6, 38.9)}
HORIZONS = [(0, 15, 28.1, 1.12), (15, 40, 17.5, 1.24), (40, 80, 7.6, 1.36), (80, 150, 2.4, 1.42)]


def rows(scale=1.0):
    """A row per horizon of four pits: id, place, depths, carbon in g kg-1 times scale, density."""
    return [
        (pit, *place, top, bottom, round(carbon * scale * (1 + 0.1 * k), 3), density)
        for k, (pit, place) in enumerate(PITS.items())
        for top, bottom, carbon, density in HORIZONS
    ]


def plain(folder):
    """Everything in csv, netCDF and tif, named as the tutorial names it."""
    own.write_own_data(folder)


def split(folder):
    """Horizons and places in two tables with semicolons, decimal commas and intervals of depth."""
    folder.mkdir()
    horizons = [
        (pit, f"{top}-{bottom}", str(carbon).replace(".", ","), str(density).replace(".", ","))
        for pit, _, _, top, bottom, carbon, density in rows(0.1)
    ]
    lines = ["Pedon ID;Depth (cm);Corg [%];Bulk density [g/cm3]", *map(";".join, horizons)]
    (folder / "Horizonte.csv").write_text("\n".join(lines) + "\n", encoding="latin-1")
    lines = ["Pedon ID;Ort;Lon;Lat"]
    lines += [
        f"{pit};Höhe {k};{lon};{lat}".replace(".", ",")
        for k, (pit, (lon, lat)) in enumerate(PITS.items())
    ]
    (folder / "Orte.csv").write_text("\n".join(lines) + "\n", encoding="latin-1")
    own.write_clm(folder / "history.nc")


def workbook(folder):
    """A workbook with a title, a row of units, and a second sheet; depths in metres."""
    folder.mkdir()
    book = openpyxl.Workbook()
    notes = book.active
    notes.title = "Notes"
    notes.append(["Collected in 2012"])
    sheet = book.create_sheet("Layers")
    sheet.append(["Soil survey"])
    names = ["Profile", "Longitude", "Latitude", "Top", "Bottom", "OC", "BD", "Stones"]
    sheet.append(names)
    sheet.append(["", "deg", "deg", "m", "m", "%", "kg/m3", "vol %"])
    for pit, lon, lat, top, bottom, carbon, density in rows(0.1):
        cells = [pit, lon, lat, top / 100, bottom / 100, carbon, 1000 * density]
        sheet.append([*cells, 10 + top % 7])
    book.save(folder / "soil.xlsx")
    (folder / "clm").mkdir()
    own.write_clm(folder / "clm" / "one.nc")


def snapshot(folder):
    """A snapshot of WoSIS and the outline of a region."""
    folder.mkdir()
    tables.write_snapshot(folder / "wosis")
    own.write_region(folder / "outline.geojson")
    own.write_clm(folder / "clm.nc")


def mixed(folder):
    """Tab-separated text with an identifier in two columns, and points in a subfolder."""
    folder.mkdir()
    table = pd.DataFrame(
        rows(), columns=["pit", "lon", "lat", "hzdept", "hzdepb", "soc_g_kg", "db_g_cm3"]
    )
    table["pit"] = [str(k // 4 % 2) for k in range(len(table))]
    table.insert(0, "site", [f"S{k // 8}" for k in range(len(table))])
    table.to_csv(folder / "pedons.txt", sep="\t", index=False)
    (folder / "check").mkdir()
    own.write_point_stocks(folder / "check" / "points.csv")
    own.write_clm(folder / "history_2000.nc")
    own.write_covariates(folder / "environment.nc")


SHAPES = {f.__name__: f for f in (plain, split, workbook, snapshot, mixed)}
