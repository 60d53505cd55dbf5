"""How a section of the configuration is written down: a frozen dataclass, one field per key.

The type of a field is that of its key, and ``Annotated`` adds its description, for users, and
its limits:

    @dataclass(frozen=True)
    class LikelihoodSettings:
        \"\"\"How model and observations are compared.\"\"\"

        relative_error: Annotated[float, Limits(minimum=0.001, maximum=10), "Relative ..."] = 0.3

From these classes follow the defaults, the JSON schema (`proda.config.schema`), the reference of
all keys (docs/configuration.md) and the settings that the library works with. They must stay light
to import: every job does.
"""

import inspect
import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from functools import cache
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Protocol,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from proda.errors import InputError, number_text, shown

__all__ = [
    "DEFAULT_SEED",
    "Fraction",
    "Limits",
    "Name",
    "Section",
    "Seed",
    "Text",
    "Years",
    "alternatives",
    "annotation",
    "as_plain",
    "build",
    "build_alternative",
    "check_limits",
    "default_of",
    "key_types",
]


class Section(Protocol):
    """A section of the configuration: an instance of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


S = TypeVar("S", bound=Section)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a value of a key may be, beside its type.

    Attributes
    ----------
    minimum, maximum, above, below
        Of a number; ``above`` and ``below`` exclude the limit itself.
    min_length, max_length, pattern
        Of a text; the pattern is a regular expression for the whole text.
    min_items, max_items, unique
        Of a list.
    min_keys, max_keys
        Of a section whose keys are names of the user's choice.
    choices
        All values there are, where they come from a register and not from a ``Literal``.
    """

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique: bool | None = None
    min_keys: int | None = None
    max_keys: int | None = None
    choices: tuple[str | None, ...] | None = None

    def allow(self, value: object) -> bool:
        """Whether a number or a text is within the limits."""
        if self.choices is not None:
            return value in self.choices
        if isinstance(value, str):
            return len(value) >= (self.min_length or 0)
        if not isinstance(value, int | float):
            return True
        return (
            math.isfinite(value)
            and (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        """Return the limits of a number, for a message."""
        if self.choices is not None:
            return f"one of {', '.join(map(str, self.choices))}"
        if self.minimum is not None and self.maximum is not None:
            return f"{number_text(self.minimum)} to {number_text(self.maximum)}"
        parts = {
            "{} or more": self.minimum,
            "more than {}": self.above,
            "{} or less": self.maximum,
            "less than {}": self.below,
        }
        stated = [text.format(number_text(n)) for text, n in parts.items() if n is not None]
        return " and ".join(stated) or "a text"


Fraction = Annotated[float, Limits(minimum=0, maximum=1)]
Text = Annotated[str, Limits(min_length=1)]
# Names become parts of the names of files.
Name = Annotated[str, Limits(pattern="^[A-Za-z0-9_][A-Za-z0-9._-]*$", max_length=100)]
Seed = Annotated[int, Limits(minimum=0, maximum=2**63 - 1)]
DEFAULT_SEED = 2020
_Year = Annotated[int, Limits(minimum=0, maximum=9999)]
Years = tuple[_Year, _Year]


@cache
def key_types(section: type) -> dict[str, Any]:
    """Return the annotated types of the keys of a section, its own before inherited ones."""
    hints = get_type_hints(section, include_extras=True)
    own = [name for name in inspect.get_annotations(section) if name in hints]
    names = dict.fromkeys([*own, *(field.name for field in fields(section))])
    return {name: hints[name] for name in names}


def annotation(key: Any) -> tuple[Any, str | None, list[Limits]]:
    """Split a type into the type without ``Annotated``, its description and its limits."""
    if get_origin(key) is not Annotated:
        return key, None, []
    plain, *notes = get_args(key)
    descriptions = [note for note in notes if isinstance(note, str)]
    limits = [note for note in notes if isinstance(note, Limits)]
    return plain, (descriptions[-1] if descriptions else None), limits


def alternatives(key: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the type itself."""
    return get_args(key) if get_origin(key) in (Union, types.UnionType) else (key,)


def default_of(field: "Field[Any]") -> Any:
    """Return the default of a key, or ``dataclasses.MISSING`` for a required one."""
    return field.default if field.default_factory is MISSING else field.default_factory()


# --- between the plain values of a file and sections ---------------------------------------------


def build(
    section: type[S], values: Mapping[str, Any], where: str = "", start: S | None = None
) -> S:
    """Make a section of the values of a validated configuration, or of a part of one.

    Lists become tuples. Keys that are not given have their default: that of the class, or, if it
    has a class method ``base``, that of the section which this returns for the given values, such
    as a preset that they name. The same holds for the sections within it.

    Parameters
    ----------
    section
        Class of the section.
    values
        Values by key.
    where
        Place of the section in the configuration, for messages.
    start
        Section with the values of keys that are not given, if that is not the class's own default.

    Raises
    ------
    InputError
        For values that the section refuses because they do not fit each other.
    """
    keys = key_types(section)
    base = getattr(section, "base", None)
    start = start if base is None else cast("S", base(values))
    built = {
        name: _built(keys[name], value, _place(where, name), getattr(start, name, None))
        for name, value in values.items()
    }
    try:
        return section(**built) if start is None else replace(start, **built)
    except InputError as error:
        place = _place(where, str(error.where))
        raise InputError(place, error.expected, error.found, error.hint) from None


def build_alternative(key: Any, values: Mapping[str, Any]) -> Any:
    """Make the section of a union that ``values`` state by their format or their keys.

    Parameters
    ----------
    key
        The union, as the type of a key.
    values
        Values by key.
    """
    return _built(key, values, "")


def _place(where: str, key: str) -> str:
    """Place of a key of the section ``where``, which ends with a space if it is not a key."""
    return f"{where}.{key}" if where and not where.endswith(" ") else where + key


def _built(key: Any, value: Any, where: str, start: Any = None) -> Any:
    plain = annotation(key)[0]
    choices = [annotation(each)[0] for each in alternatives(plain)]
    if isinstance(value, Mapping):
        sections = [each for each in choices if is_dataclass(each)]
        if sections:
            stated = _stated(sections, value)
            return build(stated, value, where, start if isinstance(start, stated) else None)
        inner = next(get_args(each)[1] for each in choices if get_origin(each) is dict)
        return {name: _built(inner, each, _place(where, name)) for name, each in value.items()}
    if isinstance(value, list | tuple):
        items = next(get_args(each) for each in choices if get_origin(each) is tuple)
        items = items[:1] * len(value) if items[-1] is Ellipsis else items
        return tuple(_built(item, each, where) for item, each in zip(items, value, strict=True))
    return value


def _stated(sections: Sequence[Any], values: Mapping[str, Any]) -> Any:
    """Of alternative sections that of the stated format, or else the one that has the keys."""
    for section in sections:
        keys = key_types(section)
        formats = get_args(annotation(keys["format"])[0]) if "format" in keys else ()
        if values.get("format") in formats or (not formats and values.keys() <= keys.keys()):
            return section
    return sections[0]


def as_plain(value: Any) -> Any:
    """Return a section as dicts, lists and scalars, as in a file."""
    if is_dataclass(value):
        return {field.name: as_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: as_plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(each) for each in value]
    return value


# --- sections that are made without a configuration ----------------------------------------------


def check_limits(section: Section, where: str = "") -> None:
    """Raise InputError for the first key of a section whose value its type or limits exclude.

    A configuration is checked against the schema; this is for sections that a program makes.
    """
    for name, key in key_types(type(section)).items():
        value = getattr(section, name)
        for each in value if isinstance(value, tuple) else (value,):
            expected = _expected(key, each)
            if expected:
                raise InputError(f"{where}{name}", expected, shown(value))


def _expected(key: Any, value: Any) -> str | None:
    """What is expected in the place of a scalar that is wrong; None if it is right."""
    plain, _, limits = annotation(key)
    expected = None
    for each in alternatives(plain):
        kind, _, own = annotation(each)
        if get_origin(kind) is tuple:
            return _expected(get_args(kind)[0], value)
        expected = _mistake(kind, [*limits, *own], value)
        if expected is None:
            return None
    return expected


def _mistake(kind: Any, limits: list[Limits], value: Any) -> str | None:
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        return None if value in choices else f"one of {', '.join(choices)}"
    if kind is type(None):
        return None if value is None else "null"
    if kind in (int, float):
        right = isinstance(value, int if kind is int else int | float)
        if not right or isinstance(value, bool):
            return "a whole number" if kind is int else "a number"
    return next((str(limit) for limit in limits if not limit.allow(value)), None)
