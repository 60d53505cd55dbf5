"""Keras' own file format, without the date of writing: the same weights give the same bytes."""

import json
import tempfile
import zipfile
from pathlib import Path

from proda.files import atomic_path

__all__ = ["write_model"]

EARLIEST = (1980, 1, 1, 0, 0, 0)  # date of members of a zip archive that have none


def write_model(path, model):
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
                    content = json.dumps(metadata)
                target.writestr(zipfile.ZipInfo(name, EARLIEST), content, zipfile.ZIP_DEFLATED)
