"""The file of a configuration: readable, and each key once."""

from pathlib import Path
from typing import Any

import yaml

from proda.errors import InputError, shown
from proda.files import StrPath

__all__ = ["check_config_file"]


def check_config_file(path: StrPath) -> None:
    """Check the file of a configuration.

    Raises
    ------
    InputError
        For a file that is not YAML in UTF-8, and for a repeated key, of which YAML readers keep
        the last one without a message.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
        yaml.load(text, Loader=_OnceLoader)
    except _RepeatedKeyError as error:
        key, line = error.args
        raise InputError(f"{path}, line {line}", "each key once", f"{shown(key)} again") from None
    except _NoKeyError as error:
        where, expected = f"{path}, line {error.args[0]}", "a text as the name of a key"
        raise InputError(where, expected, "a list or a section") from None
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#04x} at position {error.start}"
        raise InputError(path, "a text in UTF-8", found, "save it as UTF-8") from None
    except RecursionError:
        raise InputError(path, "a YAML file", "one that is nested too deep") from None
    except (yaml.YAMLError, ValueError) as error:
        found = " ".join(str(error).split())
        raise InputError(path, "a YAML file", found) from None
    except OSError as error:
        raise InputError(path, "a configuration file", error.strerror) from None


class _RepeatedKeyError(Exception):
    """A key and the line it is repeated in."""


class _NoKeyError(Exception):
    """The line of a key that is a list or a section."""


class _OnceLoader(yaml.SafeLoader):
    """A loader that refuses repeated keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct a mapping whose keys are all different."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _NoKeyError(key.start_mark.line + 1)
            merges = key.tag == "tag:yaml.org,2002:merge"
            name = key.value if merges else self.construct_object(key, deep=True)
            if name in seen:
                raise _RepeatedKeyError(name, key.start_mark.line + 1)
            seen.add(name)
        return super().construct_mapping(node, deep)
