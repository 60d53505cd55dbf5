"""Draw the schema of the approach (Figure 1) for the pages: docs/figures/figure_1.png.

python docs/make_schema.py
"""

from pathlib import Path

from proda.data.region import read_region
from proda.figures.figure_1 import draw_figure_1
from proda.figures.style import save
from proda.resources import resource

TARGET = Path(__file__).parent / "figures" / "figure_1.png"


def main() -> None:
    """Write the figure with the outline of the conterminous United States."""
    save(draw_figure_1(read_region(resource("conus.geojson")).geometry), [TARGET])


if __name__ == "__main__":
    main()
