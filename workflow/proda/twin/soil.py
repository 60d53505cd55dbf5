"""Soil of the twin world: texture, chemistry, stones, bedrock and taxonomy at 0, 30 and 100 cm.

Every property is a smooth function of climate and terrain plus a random field of its own, which
represents parent material. Codes are those of SoilGrids 2017 (Hengl et al. 2017).
"""

import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, FloatArray
from proda.twin.climate import Climate
from proda.twin.lattice import Lattice, noise
from proda.twin.terrain import Terrain

__all__ = ["DEPTHS", "logistic", "make_soil", "texture_class"]

DEPTHS = (0, 30, 100)  # cm

# Longitude, latitude, half widths in degrees, and what the parent material adds to the log ratios
# of clay and of silt to sand: loess belt, Sand Hills, Gulf and Atlantic coastal plain, Great Lakes
# outwash, Mississippi delta, Texas blackland, Piedmont, Palouse.
PARENT_MATERIALS = [
    (-91.5, 40.5, 6.0, 2.6, 0.5, 1.2),
    (-101.0, 42.2, 2.2, 0.8, -1.6, -1.8),
    (-84.0, 31.3, 6.0, 1.6, -0.6, -1.0),
    (-77.5, 35.0, 1.8, 2.5, -0.5, -0.7),
    (-86.0, 44.5, 4.0, 1.5, -1.0, -0.9),
    (-90.8, 32.5, 0.9, 3.5, 0.9, 0.8),
    (-97.0, 31.5, 1.3, 2.5, 1.2, 0.2),
    (-82.0, 34.5, 2.5, 1.2, 0.7, -0.1),
    (-117.5, 46.8, 1.8, 1.0, 0.1, 1.3),
]


def logistic(x: FloatArray) -> FloatArray:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + np.exp(-x))


def make_soil(
    lattice: Lattice, seed: int, terrain: Terrain, climate: Climate
) -> dict[str, np.ndarray]:
    """Soil properties on the lattice.

    Parameters
    ----------
    lattice
        Pixels of the world.
    seed
        Of the world.
    terrain
        Of the same lattice.
    climate
        Of the same lattice.

    Returns
    -------
    dict
        Fields (rows, columns), named as the study's covariates.
    """
    lon, lat = lattice.mesh
    mat, moisture = climate.annual_temperature, climate.moisture
    wet = np.log(np.clip(moisture, 0.05, 6.0))
    steep = logistic((np.abs(terrain.relief) - 450.0) / 200.0)
    weathered = logistic((mat - 14.0) / 2.0) * logistic((wet - 0.0) / 0.25)

    soil: dict[str, np.ndarray] = {}
    sand, silt, clay = _texture(lattice, seed, lon, lat, steep, weathered)
    stones_field = noise(lattice, seed, "stones", 0.4, 1.5)
    acid_field = noise(lattice, seed, "acidity", 0.5, 2.0)
    humus_field = noise(lattice, seed, "humus", 0.5, 1.5)
    humus = np.exp(0.55 * np.clip(wet, -2, 1.2) - 0.045 * (mat - 10.0) + 0.25 * humus_field)
    for i, depth in enumerate(DEPTHS):
        ph = 6.6 - 1.15 * wet + 0.35 * acid_field + (0.0, 0.15, 0.45)[i] - 0.35 * weathered
        ph = np.clip(ph, 4.0, 9.2)
        carbon = 22.0 * humus * (1.0, 0.38, 0.14)[i]  # g kg-1, only to make CEC and density
        bulk_density = 1560.0 + (0, 40, 90)[i] - 9.0 * np.minimum(carbon, 90.0) - 2.2 * clay[i]
        cec = 2.0 + 0.42 * clay[i] * (1.0 - 0.45 * weathered) + 0.28 * carbon + 1.2 * (ph - 6.0)
        stones = 4.0 + 30.0 * steep + 6.0 * stones_field + (0, 3, 9)[i] + 8.0 * (mat < 4.0)
        soil |= {
            f"Bulk_Density_{depth}cm": np.clip(bulk_density, 350.0, 1850.0),
            f"CEC_{depth}cm": np.clip(cec, 1.0, 80.0),
            f"Clay_Content_{depth}cm": clay[i],
            f"Coarse_Fragments_v_{depth}cm": np.clip(stones, 0.0, 70.0),
            f"pH_Water_{depth}cm": ph,
            f"Sand_Content_{depth}cm": sand[i],
            f"Silt_Content_{depth}cm": silt[i],
            f"SWC_v_Wilting_Point_{depth}cm": np.clip(
                4.0 + 0.42 * clay[i] + 0.06 * carbon, 2.0, 45.0
            ),
            f"Texture_USDA_{depth}cm": texture_class(sand[i], clay[i]),
        }
    bedrock = 2600.0 * np.exp(-2.2 * steep + 0.6 * noise(lattice, seed, "bedrock", 0.5, 2.0))
    soil["Abs_Depth_to_Bedrock"] = np.clip(bedrock, 20.0, 20000.0)
    soil["Depth_Bedrock_R"] = np.clip(200.0 - 260.0 * np.exp(-bedrock / 450.0), 15.0, 200.0)
    soil["Occurrence_R_Horizon"] = 100.0 * logistic((500.0 - bedrock) / 250.0)
    soil["Garde_Acid"] = np.digitize(-soil["pH_Water_30cm"], [-6.6, -5.8, -5.2, -4.7]).astype(float)
    soil["USDA_Suborder"] = _suborder(soil, mat, moisture, climate, steep, weathered, terrain)
    soil["WRB_Subgroup"] = _wrb(soil["USDA_Suborder"])
    soil["Soil_Type"] = soil["USDA_Suborder"]
    return soil


def _texture(
    lattice: Lattice,
    seed: int,
    lon: FloatArray,
    lat: FloatArray,
    steep: FloatArray,
    weathered: FloatArray,
) -> FloatArray:
    """Sand, silt and clay in mass %, each (3 depths, rows, columns), by additive log ratios."""
    clay_ratio = -0.35 + 0.55 * noise(lattice, seed, "clay", 0.4, 2.0)
    silt_ratio = -0.05 + 0.55 * noise(lattice, seed, "silt", 0.4, 2.0) - 0.2 * steep
    for x, y, dx, dy, more_clay, more_silt in PARENT_MATERIALS:
        weight = np.exp(-(((lon - x) / dx) ** 2) - ((lat - y) / dy) ** 2)
        clay_ratio, silt_ratio = clay_ratio + more_clay * weight, silt_ratio + more_silt * weight
    # Clay moves down, most of all in warm and humid climates.
    leached = np.array([0.0, 0.3, 0.35])[:, None, None] * (1.0 + 1.2 * weathered)
    parts = np.exp(np.stack([np.zeros_like(leached) + 0 * lon, silt_ratio - 0.1 * leached,
                             clay_ratio - 0.25 + leached]))  # fmt: skip
    return 100.0 * parts / parts.sum(axis=0)


def texture_class(sand: npt.ArrayLike, clay: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """USDA texture class, numbered as SoilGrids' TEXMHT.

    Parameters
    ----------
    sand, clay
        Mass %.

    Returns
    -------
    ndarray
        1 clay, 2 silty clay, 3 sandy clay, 4 clay loam, 5 silty clay loam, 6 sandy clay loam,
        7 loam, 8 silt loam, 9 sandy loam, 10 silt, 11 loamy sand, 12 sand.

    References
    ----------
    Soil Survey Manual (USDA 2017), chapter 3.
    """
    sand, clay = np.asarray(sand, float), np.asarray(clay, float)
    silt = 100.0 - sand - clay
    rules = [
        (12, silt + 1.5 * clay < 15),
        (11, silt + 2 * clay < 30),
        (10, (silt >= 80) & (clay < 12)),
        (8, (silt >= 50) & (clay < 27)),
        (9, ((clay >= 7) & (clay < 20) & (sand > 52)) | ((clay < 7) & (silt < 50))),
        (7, (clay < 27) & (silt >= 28) & (sand <= 52)),
        (6, (clay < 35) & (silt < 28) & (sand > 45)),
        (3, (clay >= 35) & (sand > 45)),
        (2, (clay >= 40) & (silt >= 40)),
        (1, clay >= 40),
        (5, sand <= 20),
    ]
    classes = np.select([rule for _, rule in rules], [code for code, _ in rules], 4)
    return classes.astype(np.uint8)


def _suborder(
    soil: dict[str, np.ndarray],
    mat: FloatArray,
    moisture: FloatArray,
    climate: Climate,
    steep: FloatArray,
    weathered: FloatArray,
    terrain: Terrain,
) -> Counts:
    """USDA suborder, numbered as SoilGrids' TAXOUSDA."""
    summer = climate.precipitation[5:8].sum(axis=0) / climate.annual_precipitation
    xeric = summer < 0.15
    soggy = (moisture > 1.5) & (np.abs(terrain.relief) < 60.0) & (soil["Clay_Content_30cm"] > 24)
    sandy, clayey = soil["Sand_Content_30cm"] > 78, soil["Clay_Content_30cm"] > 45
    prairie = (soil["pH_Water_0cm"] > 6.1) & (moisture > 0.4)
    rules = [
        (99, steep > 0.85),  # Orthents
        (97, sandy & (moisture < 1.3)),  # Psamments
        (18, sandy & (mat < 9)),  # Orthods
        (15, sandy & (mat > 17)),  # Aquods
        (44, clayey & (moisture < 1.1)),  # Usterts
        (74, (mat < 4) & prairie),  # Cryolls
        (92, mat < 4),  # Cryepts
        (54, (moisture < 0.3) & (soil["Clay_Content_30cm"] > 22)),  # Argids
        (56, moisture < 0.3),  # Cambids
        (55, moisture < 0.4),  # Calcids
        (73, xeric & prairie & (moisture < 0.9)),  # Xerolls
        (64, xeric & (weathered > 0.3)),  # Xerults
        (26, xeric & (moisture > 2.2)),  # Udands
        (94, xeric),  # Xerepts
        (71, soggy & prairie),  # Aquolls
        (60, soggy & (weathered > 0.5)),  # Aquults
        (80, soggy & (mat < 14)),  # Aqualfs
        (75, prairie & (moisture < 0.95)),  # Ustolls
        (76, prairie),  # Udolls
        (82, moisture < 0.9),  # Ustalfs
        (62, weathered > 0.45),  # Udults
        (84, mat > 8.5),  # Udalfs
        (18, (mat < 7) & (moisture > 2.0)),  # Orthods
    ]
    return np.select([rule for _, rule in rules], [code for code, _ in rules], 85)  # Udepts


# WRB class of SoilGrids' TAXNWRB that represents each suborder.
WRB_OF_SUBORDER = {
    99: 69, 97: 21, 18: 89, 15: 88, 44: 115, 74: 63, 92: 26, 54: 72, 56: 24, 55: 18, 73: 66,
    64: 9, 26: 11, 94: 25, 71: 44, 60: 5, 80: 76, 75: 61, 76: 81, 82: 75, 62: 1, 84: 73, 85: 28,
}  # fmt: skip


def _wrb(suborder: Counts) -> Counts:
    return np.vectorize(WRB_OF_SUBORDER.get, otypes=[np.int64])(suborder)
