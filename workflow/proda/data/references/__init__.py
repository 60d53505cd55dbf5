"""Published maps of soil organic carbon stocks, with which the study compares its maps.

Every reader returns stocks in kg m-2 from the surface to 30, 100 and 200 cm on the n cells of a
region, (3, n), NaN where the map has none.
"""

from proda.data.references.dataset import read_references, reference_dataset, write_references
from proda.data.references.plain import plain_stocks
from proda.data.references.read import reference_stocks
from proda.data.references.soilgrids import soilgrids_stocks
from proda.data.references.wise import wise_stocks

__all__ = [
    "plain_stocks",
    "read_references",
    "reference_dataset",
    "reference_stocks",
    "soilgrids_stocks",
    "wise_stocks",
    "write_references",
]
