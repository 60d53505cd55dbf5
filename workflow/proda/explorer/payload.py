"""What the page holds: arrays by name, and a description from which the controls are made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proda.explorer.encoding import Block

__all__ = ["STOCK_UNIT", "Choice", "Group", "Payload", "Values", "unit_text"]

STOCK_UNIT = "kg C m⁻²"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Values:
    """One row of an array."""

    array: str
    row: int = 0

    def described(self) -> list[Any]:
        """As the page reads it."""
        return [self.array, self.row]


@dataclass(frozen=True)
class Choice:
    """A control that chooses one of several things.

    Attributes
    ----------
    name, label
        Of the control.
    options
        {value: label}.
    """

    name: str
    label: str
    options: Mapping[str, str]


@dataclass
class Group:
    """Layers of the map of one kind, which a reader chooses from by one or more controls.

    Attributes
    ----------
    name, label, help
        Of the group; ``help`` says what it shows.
    choices
        Controls.
    layers
        {values of the controls: description of the layer}.
    """

    name: str
    label: str
    help: str
    choices: list[Choice]
    layers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(
        self,
        chosen: tuple[str, ...],
        values: Values,
        title: str,
        unit: str,
        palette: str = "amount",
        **more: Any,
    ) -> None:
        """Add a layer.

        Parameters
        ----------
        chosen
            Values of the controls.
        values
            Of cells, or of profiles with ``where="profiles"``.
        title, unit
            What it shows.
        palette
            amount, spread, deviation (symmetric about 0) or applicable.
        **more
            ``log``, whether the scale is logarithmic at first; ``less`` or ``per``, further values
            that are subtracted from the first, and by which the difference is then divided;
            ``fade``, values with the limit below which cells are faded, and why; ``index``, the
            array that gives the place of each cell in the values; ``years`` of successive rows.
        """
        self.layers["|".join(chosen)] = {
            "values": values.described(),
            "title": title,
            "unit": unit,
            "palette": palette,
            **{
                name: one.described() if isinstance(one, Values) else one
                for name, one in more.items()
            },
        }

    def described(self) -> dict[str, Any]:
        """As the page reads it."""
        return {
            "name": self.name,
            "label": self.label,
            "help": self.help,
            "choices": [
                {"name": one.name, "label": one.label, "options": list(one.options.items())}
                for one in self.choices
            ],
            "layers": self.layers,
        }


@dataclass
class Payload:
    """Arrays and their description.

    Attributes
    ----------
    blocks
        {name: array}.
    about
        What the page knows beside the arrays.
    groups
        Layers of the map, in the order of the control.
    """

    blocks: dict[str, Block] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        """Everything but the arrays themselves."""
        return {
            **self.about,
            "arrays": {
                name: {**block.about, "error": block.error} for name, block in self.blocks.items()
            },
            "groups": [group.described() for group in self.groups if group.layers],
        }


def unit_text(unit: str) -> str:
    """A unit in the notation of a text: kg m-2 -> kg m⁻²; empty for a number."""
    if unit in ("1", ""):
        return ""
    unit = unit.replace("year", "yr").replace("percent", "%").replace("degC", "°C")
    return re.sub(r"(?<=[a-zA-Z])-?\d+\b", lambda match: match[0].translate(SUPERSCRIPTS), unit)
