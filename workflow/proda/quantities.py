"""Plausible range and typical distribution of each quantity that is read.

`Quantity.plausible` judges single values: nothing was ever measured outside ``lower`` to ``upper``,
so such a value is a fill value, a code or a mistake. `check_distribution` judges a column or field
as a whole: the median of its values (or another quantile) lies in ``usual`` in any real data set,
and where it does not, ``mistakes`` names the wrong unit that would explain it. Single values would
be possible in that unit, so only their distribution reveals it.

docs/data.md, section 4, has the same table; a test keeps both in step. Covariates have their
ranges in proda/resources/covariates.csv, a row each, because users add their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from proda.arrays import Mask
from proda.errors import InputError

__all__ = ["MIN_VALUES", "QUANTITIES", "Quantity", "check_distribution"]

# Fewer values have no distribution: a table of two horizons may have any values.
MIN_VALUES = 3


@dataclass(frozen=True)
class Quantity:
    """A quantity.

    Attributes
    ----------
    name
        As in messages.
    unit
        Of all numbers here.
    lower, upper
        Plausible range, both ends included.
    source
        Origin of the range.
    usual
        Range of the ``quantile`` of the values other than 0 of a whole column; None where anything
        is possible.
    mistakes
        Descriptions by the factor that corrects the numbers in case of this mistake.
    quantile
        Which one ``usual`` is the range of.
    min_nonzero
        Minimum fraction of values other than 0 for a column to be judged.
    """

    name: str
    unit: str
    lower: float
    upper: float
    source: str
    usual: tuple[float, float] | None = None
    mistakes: Mapping[float, str] = field(default_factory=lambda: MappingProxyType({}))
    quantile: float = 0.5
    min_nonzero: float = 0.0

    def plausible(self, values: npt.ArrayLike) -> Mask:
        """Which values lie in the range; NaN does not."""
        values = np.asarray(values, dtype=np.float64)
        return (values >= self.lower) & (values <= self.upper)

    @property
    def statistic(self) -> str:
        """Name of the statistic that ``usual`` is the range of."""
        if self.quantile == 0.5:
            return "median"
        return f"{100 * self.quantile:g} % quantile"


QUANTITIES = MappingProxyType(
    {
        quantity.name: quantity
        for quantity in (
            # Soil profiles.
            Quantity(
                "organic_carbon",
                "g kg-1",
                0.0,
                580.0,
                "pure organic matter, which is 1.724 times its carbon (van Bemmelen)",
                # Of mineral topsoil. NEON: sites from 2 (Jornada desert) to 79, pits together 22.
                (3.0, 150.0),
                {
                    10.0: "percent read as g kg-1",
                    0.1: "g kg-1 read as percent",
                    1000.0: "a fraction read as g kg-1",
                    100.0: "a fraction read as percent",
                    0.01: "percent read as a fraction",
                    0.001: "g kg-1 read as a fraction",
                },
            ),
            Quantity(
                "bulk_density",
                "kg dm-3",
                0.05,
                2.65,
                "from fresh peat to solid quartz",
                (0.05, 2.65),
                {0.001: "kg m-3 read as kg dm-3", 1000.0: "kg dm-3 read as kg m-3"},
            ),
            Quantity(
                "coarse_fragments",
                "percent",
                0.0,
                100.0,
                "a part of the volume or of the mass",
                # The maxima: soils without stones have many below 1 %, and a fraction none
                # above. NEON: sites with more than a quarter of stony horizons from 2.5 on.
                (1.0, 100.0),
                {100.0: "a fraction read as percent", 0.01: "percent read as a fraction"},
                quantile=0.98,
                min_nonzero=0.25,
            ),
            Quantity(
                "depth",
                "m",
                0.0,
                30.0,
                "deepest soils and regolith that were described as profiles; WoSIS ends far above",
                (0.05, 5.0),
                {
                    100.0: "m read as cm",
                    10.0: "cm read as mm",
                    0.01: "cm read as m",
                    0.001: "mm read as m",
                },
            ),
            Quantity(
                "horizon_thickness",
                "m",
                0.0,
                30.0,
                "as depth",
                # NEON: sites from 0.14 to 0.30.
                (0.03, 0.75),
                {
                    0.1: "mm read as cm",
                    10.0: "cm read as mm",
                    100.0: "m read as cm",
                    0.01: "cm read as m",
                    0.001: "mm read as m",
                },
            ),
            Quantity(
                "soc_density",
                "gC m-3",
                0.0,
                250e3,
                "well decomposed peat of 0.45 kg dm-3 with 55 % carbon; NEON reaches 221e3",
            ),
            # Climate and carbon input of the soil.
            Quantity(
                "soil_temperature",
                "K",
                180.0,
                340.0,
                "coldest air ever measured is 184 K; monthly means of desert soil stay below 330 K",
                (220.0, 320.0),
            ),
            Quantity(
                "soil_water_potential",
                "MPa",
                -1000.0,
                0.0,
                "CLM's smallest matric potential, smpmin = -1e8 mm of water, is -981 MPa",
                (-20.0, 0.0),
                {0.001: "kPa read as MPa", 9.8e-6: "mm of water read as MPa"},
            ),
            Quantity("active_layer_depth", "m", 0.0, 100.0, "CLM's soil column ends at 42 or 50 m"),
            Quantity("sand", "percent", 0.0, 100.0, "a part of the mass"),
            Quantity("scalar", "1", 0.0, 1.0, "by definition: CLM's W_SCALAR, O_SCALAR, FPI_vr"),
            Quantity(
                "npp",
                "gC m-2 yr-1",
                -500.0,
                3270.0,
                "upper: largest valid number of MOD17A3, 32700 x 0.1, below all its codes; lower: "
                "a stand in its worst year after fire or drought",
                (10.0, 2500.0),
                {
                    1000.0: "kgC m-2 yr-1 read as gC m-2 yr-1",
                    100.0: "tC ha-1 yr-1 read as gC m-2 yr-1",
                    365.0: "gC m-2 d-1 read as gC m-2 yr-1",
                    365.0 * 86400.0: "gC m-2 s-1 read as gC m-2 yr-1",
                    0.1: "digital numbers of MOD17A3 without their scale of 0.1",
                },
            ),
            Quantity(
                "litter_input",
                "gC m-2 yr-1",
                0.0,
                3270.0,
                "litter of a year is not more than net primary production",
                (1.0, 2500.0),
                {
                    1000.0: "kgC m-2 yr-1 read as gC m-2 yr-1",
                    12.0: "gC m-2 per month read as gC m-2 yr-1",
                    365.0 * 86400.0: "gC m-2 s-1 read as gC m-2 yr-1",
                },
            ),
            # Stocks of maps and of points.
            Quantity(
                "mean_soc_density",
                "kg m-3",
                0.0,
                250.0,
                "as soc_density, of 30 cm or more",
                # Of a whole table: peat of 0.15 kg dm-3 with 53 % carbon holds 80.
                (0.05, 80.0),
                {0.1: "Mg ha-1 read as kg m-2"},
            ),
            Quantity(
                "soc_stock",
                "kg m-2",
                0.0,
                1000.0,
                "two metres of peat with 250 kg m-3 hold 500; beyond 1000 it is another unit",
                (0.5, 300.0),
                {
                    0.1: "Mg ha-1 read as kg m-2",
                    10.0: "kg m-2 read as Mg ha-1",
                    0.001: "g m-2 read as kg m-2",
                },
            ),
        )
    }
)


def check_distribution(
    name: str,
    values: npt.ArrayLike,
    where: object,
    accept: str | None = None,
    declared: tuple[str, str] | None = None,
    min_values: int = MIN_VALUES,
) -> None:
    """Check that the distribution of values is one that the quantity has in real data.

    Parameters
    ----------
    name
        A key of ``QUANTITIES``.
    values
        In its unit, of any shape; NaN and 0 are ignored.
    where
        File and column or variable, for the message.
    accept
        What to do if the numbers are right, for the message.
    declared
        Setting that declares the unit of the numbers, and that unit: only mistakes with it are
        named.
    min_values
        Minimum number of values to judge.

    Raises
    ------
    InputError
        For an implausible distribution; it names the mistakes that would explain it.
    """
    quantity = QUANTITIES[name]
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    others = numbers[numbers != 0]
    too_few = others.size < max(min_values, quantity.min_nonzero * numbers.size)
    if quantity.usual is None or too_few:
        return
    low, high = quantity.usual
    found = float(np.quantile(others, quantity.quantile))
    if low <= found <= high:
        return
    looks = [text for factor, text in quantity.mistakes.items() if low <= found * factor <= high]
    if declared:
        looks = [text for text in looks if text.endswith(f"read as {declared[1]}")]
    hints = ["it looks like " + " or ".join(looks)] if looks else []
    hints += [f"is {declared[0]} right?"] if declared else []
    hints += [f"if the numbers are right, {accept}"] if accept else []
    raise InputError(
        where,
        f"{name} in {quantity.unit}, with a {quantity.statistic} of {low:g} to {high:g}",
        f"{found:g} ({quantity.statistic} of {others.size} values other than 0)",
        "; ".join(hints) or None,
    )
