"""A static STAC collection of the maps (https://stacspec.org, version 1.1).

One item per GeoTIFF, with the extensions projection, raster and scientific. All links are relative,
so that the folder can be moved. Each object is checked against the schemas of the core
specification, which pystac brings along; those of the extensions are on the web only.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import rasterio
from pystac.extensions.projection import ProjectionExtension
from pystac.extensions.raster import (
    DataType,
    NoDataStrings,
    RasterBand,
    RasterExtension,
    Statistics,
)
from pystac.extensions.scientific import Publication, ScientificExtension
from pystac.layout import AsIsLayoutStrategy
from pystac.validation.stac_validator import JsonSchemaSTACValidator

from proda.catalog.about import About
from proda.catalog.maps import MapFile

__all__ = ["COLLECTION", "UNKNOWN_LICENSE", "write_collection"]

COLLECTION = "collection.json"
ITEMS = "items"
UNKNOWN_LICENSE = "other"
"""What STAC 1.1 has for licences that no SPDX identifier names."""

PROCESSING = "https://stac-extensions.github.io/processing/v1.2.0/schema.json"
KEYWORDS = (
    "soil organic carbon",
    "data assimilation",
    "process-based model",
    "Community Land Model",
    "deep learning",
)


def write_collection(folder: Path, maps: list[MapFile], about: About) -> None:
    """Write the collection and its items.

    Parameters
    ----------
    folder
        Where to write collection.json and items/; the maps must be below it.
    maps
        The GeoTIFFs.
    about
        The run.

    Raises
    ------
    pystac.errors.STACValidationError
        For an object that the specification does not allow.
    """
    items = [_item(one, about) for one in maps]
    collection = _collection(items, maps, about)
    collection.set_self_href(str(folder / COLLECTION))
    for one, item in zip(maps, items, strict=True):
        item.set_self_href(str(folder / ITEMS / f"{item.id}.json"))
        collection.add_item(item, set_parent=True, strategy=AsIsLayoutStrategy())
        item.assets["map"].href = f"../{one.path.relative_to(folder).as_posix()}"
    collection.set_root(collection)
    collection.save(catalog_type=pystac.CatalogType.SELF_CONTAINED)
    _validate(folder)


def _collection(items: list[pystac.Item], maps: list[MapFile], about: About) -> pystac.Collection:
    boxes = np.array([item.bbox for item in items])
    box = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
    dates = [datetime.fromisoformat(value) for item in items for value in _interval(item)]
    collection = pystac.Collection(
        about.dataset,
        about.description,
        pystac.Extent(
            pystac.SpatialExtent([[float(value) for value in box]]),
            pystac.TemporalExtent([[min(dates), max(dates)]]),
        ),
        title=about.title,
        license=about.license or UNKNOWN_LICENSE,
        keywords=list(KEYWORDS),
        providers=_providers(about),
        summaries=pystac.Summaries(
            {
                "proda:kind": list(dict.fromkeys(one.kind.name for one in maps)),
                "proda:method": list(dict.fromkeys(one.method for one in maps if one.method)),
            }
        ),
    )
    science = ScientificExtension.ext(collection, add_if_missing=True)
    science.publications = [Publication(about.citation.doi, about.citation.study)]
    return collection


def _providers(about: About) -> list[pystac.Provider]:
    roles = [pystac.ProviderRole.PRODUCER, pystac.ProviderRole.PROCESSOR]
    names = [about.settings.provider] if about.settings.provider else about.creators
    return [pystac.Provider(name, roles=roles) for name in names]


def _interval(item: pystac.Item) -> tuple[str, str]:
    return item.properties["start_datetime"], item.properties["end_datetime"]


def _item(one: MapFile, about: About) -> pystac.Item:
    with rasterio.open(one.path) as file:
        west, south, east, north = file.bounds
        first, last = one.years or about.settings.period
        item = pystac.Item(
            one.id,
            _outline(west, south, east, north),
            # Beyond the date line, longitudes go on from -180.
            [west, south, east - 360 if east > 180 else east, north],
            None,
            {
                "title": one.title,
                "description": one.kind.description,
                "license": about.license or UNKNOWN_LICENSE,
                "processing:software": {"proda": about.version},
                **_properties(one, file.tags()),
            },
            start_datetime=datetime(max(first, 1), 1, 1, tzinfo=UTC),
            end_datetime=datetime(max(last, 1), 12, 31, 23, 59, 59, tzinfo=UTC),
            stac_extensions=[PROCESSING],
        )
        item.common_metadata.providers = _providers(about) or None
        projection = ProjectionExtension.ext(item, add_if_missing=True)
        projection.apply(
            code=f"EPSG:{file.crs.to_epsg()}",
            shape=list(file.shape),
            transform=list(file.transform)[:6],
            bbox=[west, south, east, north],
        )
        asset = pystac.Asset(
            str(one.path), one.title, media_type=pystac.MediaType.COG, roles=["data"]
        )
        item.add_asset("map", asset)
        raster = RasterExtension.ext(asset, add_if_missing=True)
        raster.bands = [_band(file, i) for i in file.indexes]
    science = ScientificExtension.ext(item, add_if_missing=True)
    science.publications = [Publication(about.citation.doi, about.citation.study)]
    return item


def _outline(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """GeoJSON of the frame of a map; one across the date line is cut there."""
    parts = [(west, east)] if east <= 180 else [(west, 180.0), (-180.0, east - 360)]
    rings = [[[[a, south], [b, south], [b, north], [a, north], [a, south]]] for a, b in parts]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def _properties(one: MapFile, tags: dict[str, str]) -> dict[str, Any]:
    known = {
        "proda:kind": one.kind.name,
        "proda:method": one.method,
        "proda:method_label": one.label,
        "proda:scenario": one.scenario,
        "proda:certified": bool(int(tags["certified"])) if "certified" in tags else None,
        "proda:certificate": tags.get("certificate"),
        "proda:soc_is": tags.get("soc_is"),
        "proda:settings_digest": tags.get("settings_digest"),
        "proda:input_digests": tags.get("input_digests"),
        "proda:seed": tags.get("seed"),
    }
    return {name: value for name, value in known.items() if value is not None}


def _band(file: rasterio.DatasetReader, i: int) -> RasterBand:
    values = file.read(i)
    valid = values[np.isfinite(values)].astype(np.float64)
    band = RasterBand.create(
        nodata=NoDataStrings.NAN,
        data_type=DataType(file.dtypes[i - 1]),
        spatial_resolution=file.res[0],
        unit=file.units[i - 1],
        scale=file.scales[i - 1],
        offset=file.offsets[i - 1],
        statistics=Statistics.create(
            minimum=float(valid.min()),
            maximum=float(valid.max()),
            mean=float(valid.mean()),
            stddev=float(valid.std()),
            valid_percent=100.0 * valid.size / values.size,
        )
        if valid.size
        else None,
    )
    about = file.tags(i)
    band.properties |= {
        "description": file.descriptions[i - 1],
        "proda:quantity": about["quantity"],
        "proda:statistic": about["statistic"],
    }
    return band


def _validate(folder: Path) -> None:
    """Check what was written against the schemas of the core specification."""
    validator = JsonSchemaSTACValidator()
    for path, kind in _objects(folder):
        content = json.loads(path.read_text(encoding="utf-8"))
        validator.validate_core(content, kind, content["stac_version"], str(path))


def _objects(folder: Path) -> Iterator[tuple[Path, pystac.STACObjectType]]:
    yield folder / COLLECTION, pystac.STACObjectType.COLLECTION
    for path in sorted((folder / ITEMS).glob("*.json")):
        yield path, pystac.STACObjectType.ITEM
