"""Schema of the approach: process model, data assimilation, learning, maps (Figure 1)."""

import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from proda.figures.layout import letters, new_figure, place, write_letter
from proda.figures.schema_parts import (
    FORCING,
    INFERENCE,
    LEARNING,
    MODEL,
    OBSERVED,
    arrow,
    box,
    draw_column,
    draw_density,
    draw_map,
    draw_network,
    draw_profile,
)
from proda.figures.style import DOUBLE_COLUMN
from proda.parameters.methods import NEURAL_NETWORK, ONE_BATCH, RANDOM_SAMPLING

__all__ = ["draw_figure_1"]

HEIGHT = 6.87
# Part of the land that is drawn, as a fraction of the whole.
SMALLEST = 0.001
# Tops of the two panels, inches.
UPPER, LOWER = 0.32, 3.58
# Rows of the lower panel: one batch, random sampling, learning.
ROW, ROW_HEIGHT = (LOWER + 0.05, LOWER + 1.13, LOWER + 2.21), 0.98


def draw_figure_1(land: shapely.Geometry) -> Figure:
    """Draw the schema.

    Parameters
    ----------
    land
        Outline of the region, degrees; small maps have its shape.
    """
    parts = shapely.get_parts(land)
    # Smaller islands would be dots.
    land = shapely.union_all(parts[shapely.area(parts) >= SMALLEST * land.area])
    figure = new_figure(DOUBLE_COLUMN, HEIGHT)
    canvas = place(figure, 0, 0, DOUBLE_COLUMN, HEIGHT)
    canvas.set(xlim=(0, DOUBLE_COLUMN), ylim=(HEIGHT, 0))
    canvas.set_axis_off()
    letter = letters()
    for top, title in ((UPPER, "Data assimilation"), (LOWER, "From profiles to maps")):
        corner = place(figure, 0.12, top - 0.27, 0.1, 0.1)
        corner.set_axis_off()
        write_letter(corner, next(letter))
        canvas.text(0.32, top - 0.2, title, fontsize=9, fontweight="bold", va="center")
    _draw_assimilation(figure, canvas)
    _draw_routes(figure, canvas, land)
    return figure


def _draw_assimilation(figure: Figure, canvas: Axes) -> None:
    top = UPPER
    box(canvas, (0.12, top, 1.35, 1.28), "Forcing", FORCING,
        ("carbon input", "(net primary production)", "soil temperature", "soil water potential",
         "active layer"))  # fmt: skip
    box(canvas, (2.0, top, 2.35, 1.9), "Process model", MODEL)
    draw_column(canvas, 2.12, top + 0.3, 0.85, 1.48)
    for k, text in enumerate(
        ("7 pools in each", "soil layer, at the", "steady state of", "the matrix equation")
    ):
        canvas.text(3.65, top + 0.42 + 0.15 * k, text, ha="center", va="center", fontsize=6.8)
    canvas.text(
        3.65, top + 1.2, r"$X=(A\,\xi K+V)^{-1}B\,u$", ha="center", va="center", fontsize=8.5
    )
    for k, text in enumerate((r"parameters $\theta$ in", r"$A$, $\xi$, $K$, $V$ and $B$")):
        canvas.text(3.65, top + 1.48 + 0.15 * k, text, ha="center", va="center", fontsize=6.8)
    box(canvas, (4.9, top, 2.18, 1.9), "Modelled and observed", OBSERVED)
    draw_profile(figure, 5.2, top + 0.3, 1.7, 1.36)
    box(canvas, (4.9, top + 2.2, 2.18, 0.55), "Likelihood", INFERENCE,
        ("mismatch at the horizons of a profile",))  # fmt: skip
    box(canvas, (2.0, top + 2.2, 2.35, 0.55), "Markov chain Monte Carlo", INFERENCE,
        ("likelihood × prior, until certified",))  # fmt: skip
    box(canvas, (0.12, top + 1.62, 1.35, 1.13), "Posterior", INFERENCE)
    draw_density(figure, (0.3, top + 1.9, 1.0, 0.62), ((0.38, 0.1, INFERENCE),), prior=True)
    canvas.text(
        0.8, top + 2.62, r"$\theta$ (dashed: prior)", ha="center", va="center", fontsize=6.6
    )
    arrow(canvas, (1.5, top + 0.64), (1.98, top + 0.64), "drives")
    arrow(canvas, (4.37, top + 0.95), (4.88, top + 0.95), "predicts")
    arrow(canvas, (5.99, top + 1.92), (5.99, top + 2.18))
    arrow(canvas, (4.88, top + 2.47), (4.37, top + 2.47))
    arrow(canvas, (3.17, top + 2.18), (3.17, top + 1.92), r"next $\theta$", INFERENCE,
          offset=(0.27, 0.0))  # fmt: skip
    arrow(canvas, (1.98, top + 2.47), (1.5, top + 2.47), "draws")


def _draw_routes(figure: Figure, canvas: Axes, land: shapely.Geometry) -> None:
    batch, sampling, network = (one.colour for one in (ONE_BATCH, RANDOM_SAMPLING, NEURAL_NETWORK))
    first, second, third = ROW
    # What goes in: all profiles at once, or the posterior of each site.
    box(canvas, (0.12, first, 1.62, ROW_HEIGHT), "All profiles in one batch", INFERENCE)
    draw_density(figure, (0.45, first + 0.28, 0.95, 0.55), ((0.45, 0.06, INFERENCE),))
    whole = third + ROW_HEIGHT - second
    box(canvas, (0.12, second, 1.62, whole), "Each site by itself", INFERENCE)
    draw_map(figure, (0.24, second + 0.27, 1.38, 0.85), land, 2, points=True)
    draw_density(
        figure,
        (0.35, second + 1.25, 1.15, 0.5),
        tuple(
            (mean, spread, INFERENCE) for mean, spread in ((0.25, 0.07), (0.5, 0.1), (0.75, 0.06))
        ),
    )
    canvas.text(
        0.93, second + 1.9, "a posterior per profile", ha="center", va="center", fontsize=6.6
    )
    # The routes.
    box(canvas, (2.3, first, 2.3, ROW_HEIGHT), "One-batch", batch,
        ("one distribution of the parameters", "for all places"))  # fmt: skip
    draw_density(figure, (2.95, first + 0.55, 1.0, 0.36), ((0.45, 0.06, batch),))
    box(canvas, (2.3, second, 2.3, ROW_HEIGHT), "Random sampling", sampling,
        ("the sites' parameters, drawn", "at random for all places"))  # fmt: skip
    draw_density(figure, (2.95, second + 0.55, 1.0, 0.36), ((0.48, 0.17, sampling),))
    box(canvas, (2.3, third, 2.3, ROW_HEIGHT), "Learning", LEARNING)
    draw_network(canvas, 3.15, third + 0.27, 0.62, 0.62)
    for k, text in enumerate(("covariates:", "climate", "vegetation", "soil, terrain")):
        canvas.text(2.38, third + 0.37 + 0.145 * k, text, va="center", fontsize=6.5)
    for k, text in enumerate(("parameters", "of each", "place")):
        canvas.text(3.92, third + 0.42 + 0.145 * k, text, va="center", fontsize=6.5)
    arrow(canvas, (1.77, first + 0.49), (2.27, first + 0.49))
    arrow(canvas, (1.77, second + 0.49), (2.27, second + 0.49), "pooled", offset=(0.0, -0.09))
    arrow(canvas, (1.77, third + 0.49), (2.27, third + 0.49), "train", offset=(0.0, -0.09))
    # What comes out: parameters and, through the model, soil carbon.
    middle = 5.16
    canvas.text(5.42, LOWER - 0.12, "parameters", ha="center", va="center", fontsize=7)
    canvas.text(6.6, LOWER - 0.12, "soil organic carbon", ha="center", va="center", fontsize=7)
    for k, (top, colour) in enumerate(zip(ROW, (batch, sampling, network), strict=True)):
        heterogeneous = k == len(ROW) - 1
        draw_map(figure, (4.98, top + 0.1, 0.9, 0.72), land, 2 if heterogeneous else 0, "cividis")
        draw_map(figure, (6.12, top + 0.1, 0.98, 0.72), land, 3 if heterogeneous else 5)
        arrow(canvas, (4.63, top + 0.46), (4.95, top + 0.46), colour=colour)
        arrow(canvas, (5.9, top + 0.46), (6.12, top + 0.46), colour=MODEL)
    for top, text in zip(
        ROW, ("the same everywhere", "the same everywhere", "different in each cell"), strict=True
    ):
        canvas.text(middle + 0.27, top + 0.92, text, ha="center", va="center", fontsize=6.3)
        canvas.text(6.6, top + 0.92, "by the process model", ha="center", va="center", fontsize=6.3)
