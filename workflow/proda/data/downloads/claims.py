"""Which archive a file was unpacked from, so that no other overwrites it.

Beside every archive ``<archive>.members`` lists the files that it brought.
"""

from proda.data.downloads.exclusive import exclusive
from proda.data.downloads.names import RECORDS
from proda.errors import InputError
from proda.files import atomic_path

__all__ = ["OTHER_FOLDER", "Claims"]

ENDING = ".members"
OTHER_FOLDER = "choose another folder, or remove that file if it is of no use"


class Claims:
    """The lists of all archives below ``data_dir``; digests: Digests of what was downloaded."""

    def __init__(self, data_dir, digests):
        self.data_dir, self.digests = data_dir, digests
        self.folder = data_dir / RECORDS / "archives"

    def take(self, archive, paths):
        """List the files that ``archive`` brings; as `refuse` where another has brought one."""
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

    def refuse(self, paths, own=None):
        """Raise InputError for a file that another archive has brought, or is about to bring."""
        names = {self._name(path): path for path in paths}
        for other in sorted(self.folder.rglob(f"*{ENDING}")):
            archive = other.with_name(other.name.removesuffix(ENDING))
            if other == own or not archive.exists():
                continue
            for name in other.read_text(encoding="utf-8").splitlines():
                if name in names:
                    hint = "choose another folder, or other members; or remove that archive"
                    raise InputError(names[name], "a file of its own", f"that of {archive}", hint)

    def _name(self, path):
        return path.relative_to(self.data_dir).as_posix()
