"""The register of structures, from which rules, the configuration's schema and messages derive."""

from collections.abc import Callable

from proda.errors import InputError
from proda.model import clm5_20, clm45_10
from proda.model.structure import Structure

__all__ = ["GLOBAL", "STRUCTURES", "STUDY", "by_structure", "get_structure", "replaceable_fields"]

STRUCTURES: dict[str, Structure] = {
    structure.name: structure for structure in (clm45_10.STRUCTURE, clm5_20.STRUCTURE)
}
# The structure of the paper, which the synthetic world and the example columns use.
STUDY = clm45_10.STRUCTURE.name
# That of the global study, which the synthetic globe uses.
GLOBAL = clm5_20.STRUCTURE.name


def get_structure(name: str) -> Structure:
    """The structure of that name. Raises InputError for an unknown one."""
    if name not in STRUCTURES:
        raise InputError("structure", f"one of {', '.join(STRUCTURES)}", repr(name))
    return STRUCTURES[name]


def replaceable_fields() -> list[str]:
    """Fields of the land model's history for which the configuration may name a substitute."""
    return list(
        dict.fromkeys(
            field for record in STRUCTURES.values() for field in record.land_model.replaceable
        )
    )


def by_structure(text: Callable[[Structure], str]) -> str:
    """What a text is for each structure, for the descriptions of configuration keys."""
    return "; ".join(f"{name}: {text(record)}" for name, record in STRUCTURES.items()) + "."
