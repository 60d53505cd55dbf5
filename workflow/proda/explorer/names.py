"""Names and units in plain text, from the registers of parameters and processes."""

import re

from proda.explorer.payload import unit_text
from proda.figures.parameter_panels import parameter_name
from proda.figures.process_style import SHOWN, ShownProcess
from proda.model.mechanisms import MECHANISMS
from proda.model.processes import RESULTING, process_of

__all__ = ["mechanism_values", "parameter_words", "process_words"]


def mechanism_values() -> list[str]:
    """Bulk processes that a page shows: the values of all mechanisms, and what results."""
    return list(dict.fromkeys([*(one.value for one in MECHANISMS), *RESULTING]))


def parameter_words(name: str) -> str:
    """Name of a parameter, as figures have it."""
    words = re.sub(r"\$_\{?(\w+)\}?\$", lambda match: match[1], parameter_name(name))
    return words[:1].upper() + words[1:]


def process_words(name: str) -> ShownProcess:
    """Name, unit and scale of a bulk process, as figures have them."""
    if name in SHOWN:
        one = SHOWN[name]
        return ShownProcess(one.title, _plain(one.unit), one.factor, one.logarithmic)
    process = process_of(name)
    title = process.long_name[:1].upper() + process.long_name[1:]
    return ShownProcess(title, unit_text(process.units))


def _plain(unit: str) -> str:
    """A unit of figures without the notation of mathematics."""
    return unit_text(re.sub(r"\$\^\{?([-\d]+)\}?\$", lambda match: match[1], unit))
