"""Small rasters in the formats the products come in."""

import numpy as np
import rasterio
from rasterio.transform import from_origin


def write_raster(
    path, data, west, north, pixel, crs="EPSG:4326", nodata=None, scale=None, driver="GTiff"
):
    """Write ``data``, (height, width) or (band, height, width), square pixels; return ``path``."""
    data = np.asarray(data)
    bands = data if data.ndim == 3 else data[None]
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver=driver,
        count=len(bands),
        height=bands.shape[1],
        width=bands.shape[2],
        dtype=bands.dtype,
        crs=crs,
        nodata=nodata,
        transform=from_origin(west, north, pixel, pixel),
    ) as target:
        target.write(bands)
        if scale is not None:
            target.scales = [scale] * len(bands)
    return path
