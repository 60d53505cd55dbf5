"""Loss of the neural network's members over the epochs of their training."""

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.figures.style import COLOURS, SINGLE_COLUMN, apply_style
from proda.inference.certification import MARK

__all__ = ["draw_training"]


def draw_training(
    loss: npt.ArrayLike,
    validation_loss: npt.ArrayLike | None = None,
    mean_loss: float | None = None,
    marked: bool = False,
) -> Figure:
    """Training and validation loss by epoch on a log axis: members thin, their median bold.

    Parameters
    ----------
    loss
        (member, epoch) mean squared error of the normalised parameters; members that stopped early
        have no values behind their last epoch.
    validation_loss
        Likewise; None where no profile was kept for validation.
    mean_loss
        Loss of predicting the mean of the training sites everywhere, which a network has to beat;
        drawn as a dashed line.
    marked
        Whether some of the sites' posteriors are not certified.

    Raises
    ------
    InputError
        For shapes that differ, a member without any epoch and a loss that is not positive.
    """
    curves = {"training": (np.asarray(loss, dtype=float), COLOURS[0])}
    if validation_loss is not None:
        curves["validation"] = (np.asarray(validation_loss, dtype=float), COLOURS[1])
    shape = curves["training"][0].shape
    apply_style()
    figure, axis = plt.subplots(figsize=(SINGLE_COLUMN, 2.5), layout="constrained")
    for name, (values, colour) in curves.items():
        _check(f"{name} loss", values, shape)
        epochs = np.arange(1, values.shape[1] + 1)
        axis.plot(epochs, values.T, color=colour, linewidth=0.4, alpha=0.45)
        known = ~np.isnan(values).all(axis=0)
        median = np.nanmedian(values[:, known], axis=0)
        axis.plot(epochs[known], median, color=colour, linewidth=1.6, label=name)
    if mean_loss is not None:
        axis.axhline(mean_loss, color="0.3", linewidth=0.8, linestyle="--", label="mean of sites")
    error = "mean squared error" + MARK * marked
    axis.set(yscale="log", xlabel="epoch", ylabel=error, xlim=(0, shape[1] + 1))
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_locator(LogLocator(subs=range(1, 10)))
    axis.yaxis.set_minor_formatter("")
    axis.grid(alpha=0.25, linewidth=0.4)
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def _check(name: str, values: FloatArray, shape: tuple[int, ...]) -> None:
    if values.ndim != 2 or not values.size or values.shape != shape:
        expected = f"shape {shape}" if len(shape) == 2 else "shape (member, epoch)"
        raise InputError(name, expected, f"shape {values.shape}")
    empty = np.flatnonzero(np.isnan(values).all(axis=1))
    if empty.size:
        raise InputError(f"{name}, member {empty[0]}", "at least one epoch", "none")
    if (values <= 0).any():
        member, epoch = np.argwhere(values <= 0)[0]
        where = f"{name}, member {member}, epoch {epoch + 1}"
        raise InputError(where, "a positive loss", f"{values[member, epoch]:g}")
