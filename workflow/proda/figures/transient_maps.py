"""Maps of the change of soil organic carbon: of every set, and its parts."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from proda.arrays import Cells as OfCells
from proda.arrays import Mask
from proda.data.cells import Cells
from proda.data.region import Region
from proda.data.series import SeriesCells
from proda.evaluation.labels import Labels
from proda.figures.layout import colour_bar, letters, new_figure, place, write, write_letter
from proda.figures.maps import DEVIATION, OUTSIDE_NOTE, RegionMap
from proda.figures.style import DOUBLE_COLUMN
from proda.figures.transient_style import ordered_sets, set_name
from proda.parameters.methods import METHODS
from proda.transient.parameter_sets import TRUTH, is_heterogeneous
from proda.transient.results import BlockResult
from proda.transient.scenarios import ALL, PARTS, STATIC, attribution
from proda.transient.tables import changes_of_maps

__all__ = ["draw_change_maps", "draw_part_maps", "sample_map"]

# Inches: above a map its title, below all maps a colour bar with its label.
EDGE, TITLE, GAP, BAR, FOOT = 0.1, 0.22, 0.08, 0.1, 0.55
NOTE = 0.14  # below them, what the hatching means
SATURATION = 0.98
UNIT = "Change of SOC (kg m$^{-2}$)"


def sample_map(region: Region, cells: SeriesCells, width: float) -> RegionMap:
    """Frame of maps of a run's cells, each drawn as large as the land that it has.

    Parameters
    ----------
    region
        The region.
    cells
        Of the run.
    width
        Width and height at which a cell is drawn, degrees.
    """
    ones = np.ones(len(cells))
    return RegionMap(region, Cells(width, cells.lon, cells.lat, cells.area_m2, ones))


def draw_change_maps(
    region_map: RegionMap,
    result: BlockResult,
    labels: Labels | None = None,
    outside: Mask | None = None,
) -> Figure:
    """A map per set: change under all minus static, mean over the members.

    Parameters
    ----------
    region_map
        Of the cells of the run.
    result
        Of all blocks, with the scenarios all and static.
    labels
        Labels of the run.
    outside
        (cells,) outside of the area in which learners can be applied, hatched on maps of learners.
    """
    maps: dict[str, OfCells] = {}
    learned: set[str] = set()
    for name in ordered_sets(result.sets):
        change = changes_of_maps(result, name)
        difference = (change[ALL.name] - change[STATIC.name]).mean(axis=0)
        maps[set_name(name, labels)] = difference
        if _is_learned(name):
            learned.add(set_name(name, labels))
    return _draw(region_map, [maps], learned, outside, columns=2)


def draw_part_maps(
    region_map: RegionMap,
    result: BlockResult,
    labels: Labels | None = None,
    outside: Mask | None = None,
) -> Figure:
    """Input, climate and interaction: of the truth, of a heterogeneous and of a homogeneous set.

    Parameters
    ----------
    region_map
        Of the cells of the run.
    result
        Of all blocks, with all scenarios.
    labels
        Labels of the run.
    outside
        (cells,) outside of the area in which learners can be applied, hatched on maps of learners.
    """
    sets = ordered_sets(result.sets)
    chosen = [name for name in sets if name == TRUTH]
    for kind in (True, False):
        chosen += [name for name in sets if is_heterogeneous(name) is kind][:1]
    rows: list[Mapping[str, OfCells]] = []
    learned: set[str] = set()
    for name in chosen or sets[:1]:
        parts = attribution(changes_of_maps(result, name))
        title = set_name(name, labels)
        row = {
            f"{title}: {PARTS[part].lower()}": values.mean(axis=0) for part, values in parts.items()
        }
        rows.append(row)
        if _is_learned(name):
            learned.update(row)
    return _draw(region_map, rows, learned, outside, columns=len(PARTS))


def _is_learned(name: str) -> bool:
    """Whether a learner made the parameters of a set."""
    return name in METHODS and METHODS[name].has_blocks


def _draw(
    region_map: RegionMap,
    rows: Sequence[Mapping[str, OfCells]],
    learned: Collection[str],
    outside: Mask | None,
    columns: int,
) -> Figure:
    """Maps in rows, with one diverging scale for all; those in ``learned`` are of learners."""
    panels = [panel for row in rows for panel in row.items()]
    values = np.concatenate([one for _, one in panels])
    known = np.abs(values[np.isfinite(values)])
    end = float(np.quantile(known, SATURATION)) if known.size else 1.0
    norm = Normalize(-(end or 1.0), end or 1.0)
    width = (DOUBLE_COLUMN - 2 * EDGE - (columns - 1) * GAP) / columns
    height = width / region_map.aspect
    count = -(-len(panels) // columns)
    pitch = TITLE + height + GAP
    foot = FOOT + (NOTE if outside is not None and learned else 0.0)
    figure = new_figure(DOUBLE_COLUMN, EDGE + count * pitch + foot)
    letter, hatched = letters(), False
    for k, (title, of_cells) in enumerate(panels):
        row, column = divmod(k, columns)
        left, top = EDGE + column * (width + GAP), EDGE + row * pitch + TITLE
        write(figure, left + width / 2, top - 0.09, title, fontsize=7)
        axis = place(figure, left, top, width, height)
        region_map.draw_land(axis)
        write_letter(axis, next(letter))
        colours = region_map.draw_cells(axis, of_cells, cmap=DEVIATION, norm=norm)
        if title in learned:
            hatched |= region_map.hatch_outside(axis, outside, of_cells)
    below = (DOUBLE_COLUMN / 4, EDGE + count * pitch + 0.1, DOUBLE_COLUMN / 2, BAR)
    bar = colour_bar(figure, colours, below, extend="both", extendfrac=0.04)
    bar.set_label(UNIT, fontsize=7, labelpad=2)
    if hatched:
        bottom = EDGE + count * pitch + foot
        write(figure, DOUBLE_COLUMN / 2, bottom - 0.07, OUTSIDE_NOTE, fontsize=6.5)
    return figure
