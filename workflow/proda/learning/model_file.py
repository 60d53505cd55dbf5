"""Keras' own file format, so that the same weights give the same bytes in every process.

The date of writing is omitted, and shared objects are numbered in their order instead of by their
place in memory.
"""

import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proda.files import atomic_path

if TYPE_CHECKING:  # slow to import
    import keras

__all__ = ["model_path", "write_model"]

EARLIEST = (1980, 1, 1, 0, 0, 0)  # date of members of a zip archive that have none


def model_path(folder: Path, member: int) -> Path:
    """File of a member in the folder of models."""
    return folder / f"member_{member}.keras"


def write_model(path: Path, model: "keras.Model") -> None:
    """Write a Keras model to ``path``, which ends in .keras."""
    with tempfile.TemporaryDirectory() as folder, atomic_path(path) as temporary:
        dated = Path(folder) / "model.keras"
        model.save(dated)
        with zipfile.ZipFile(dated) as source, zipfile.ZipFile(temporary, "w") as target:
            for name in sorted(source.namelist()):
                content = source.read(name)
                if name == "metadata.json":
                    metadata = json.loads(content)
                    metadata.pop("date_saved")
                    content = json.dumps(metadata).encode()
                elif name == "config.json":
                    content = json.dumps(_renumbered(json.loads(content), {})).encode()
                target.writestr(zipfile.ZipInfo(name, EARLIEST), content, zipfile.ZIP_DEFLATED)


def _renumbered(config: Any, numbers: dict[int, int]) -> Any:
    """Return the configuration with shared objects numbered in their order."""
    if isinstance(config, list):
        return [_renumbered(part, numbers) for part in config]
    if not isinstance(config, dict):
        return config
    config = {key: _renumbered(part, numbers) for key, part in config.items()}
    if "shared_object_id" in config:
        place = config["shared_object_id"]
        config["shared_object_id"] = numbers.setdefault(place, len(numbers) + 1)
    return config
