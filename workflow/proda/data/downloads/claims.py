"""Which archive a file was unpacked from, so that no other overwrites it.

Beside every archive ``<archive>.members`` lists the files that it brought.
"""

from proda.data.downloads.exclusive import exclusive
from proda.data.downloads.names import RECORDS
from proda.errors import InputError
from proda.files import atomic_path

__all__ = ["Claims"]

ENDING = ".members"


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
                    hint = "choose another folder"
                    raise InputError(path, "a file of its own", f"that of {', '.join(owner)}", hint)
            with atomic_path(own) as temporary:
                temporary.write_text("".join(f"{self._name(path)}\n" for path in paths))

    def refuse(self, paths, own=None):
        """Raise InputError for a file that is there and that another archive has brought."""
        names = {self._name(path): path for path in paths}
        for other in sorted(self.folder.rglob(f"*{ENDING}")):
            if other == own:
                continue
            for name in other.read_text().splitlines():
                if name in names and names[name].exists():
                    archive = other.with_name(other.name.removesuffix(ENDING))
                    hint = "choose another folder, or members that differ; to start over remove it"
                    raise InputError(names[name], "a file of its own", f"that of {archive}", hint)

    def _name(self, path):
        return path.relative_to(self.data_dir).as_posix()
