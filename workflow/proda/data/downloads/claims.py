"""Which archive a file was unpacked from, so that no other archive overwrites it.

Beside every archive ``<archive>.members`` lists the files that were unpacked from it.
"""

from collections.abc import Iterable
from pathlib import Path

from proda.data.downloads.digests import Digests
from proda.data.downloads.exclusive import exclusive
from proda.data.downloads.names import RECORDS
from proda.errors import InputError
from proda.files import atomic_path

__all__ = ["OTHER_FOLDER", "Claims"]

ENDING = ".members"
OTHER_FOLDER = "choose another folder, or remove that file if it is not needed"


class Claims:
    """The lists of members of all archives below a data folder.

    Attributes
    ----------
    data_dir : Path
        The data folder.
    digests : Digests
        The lock file of the downloads.
    folder : Path
        Where the archives are.
    """

    def __init__(self, data_dir: Path, digests: Digests) -> None:
        self.data_dir, self.digests = data_dir, digests
        self.folder = data_dir / RECORDS / "archives"

    def take(self, archive: Path, paths: list[Path]) -> None:
        """Record the files that will be unpacked from ``archive``.

        Raises
        ------
        InputError
            For a file of another archive or download.
        """
        own = archive.with_name(archive.name + ENDING)
        with exclusive(self.folder / "members"):
            self.refuse(paths, own)
            owners = self.digests.owners()
            for path in paths:
                owner = owners.get(self._name(path))
                if owner and path.exists():
                    found = f"that of {', '.join(owner)}"
                    raise InputError(path, "a file of its own", found, OTHER_FOLDER)
            with atomic_path(own) as temporary:
                lines = [f"{self._name(path)}\n" for path in paths]
                temporary.write_text("".join(lines), encoding="utf-8")

    def refuse(self, paths: Iterable[Path], own: Path | None = None) -> None:
        """Raise InputError for a file that is in the list of another archive.

        own: the list of the archive the files belong to, if any.
        """
        names = {self._name(path): path for path in paths}
        for other in sorted(self.folder.rglob(f"*{ENDING}")):
            archive = other.with_name(other.name.removesuffix(ENDING))
            if other == own or not archive.exists():
                continue
            for name in other.read_text(encoding="utf-8").splitlines():
                if name in names:
                    hint = "choose another folder, or other members; or remove that archive"
                    raise InputError(names[name], "a file of its own", f"that of {archive}", hint)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.data_dir).as_posix()
