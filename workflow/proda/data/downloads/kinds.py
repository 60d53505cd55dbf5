"""Whether the first bytes of a file agree with the format in its name.

Servers respond with pages of their own ("log in", "moved", "access denied") and a status of
success. Their Content-Type is not reliable, so the bytes decide.
"""

import re
from pathlib import Path

from proda.data.downloads.addresses import LOGIN_HINT

__all__ = ["unlike_its_name"]

HEAD_BYTES = 2**16
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
HDF5 = b"\x89HDF\r\n\x1a\n"
NETCDF = (b"CDF\x01", b"CDF\x02", b"CDF\x05")
TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
# An HDF5 file may begin with a block of the user.
HDF5_OFFSETS = (0, 512, 1024, 2048, 4096, 8192, 16384, 32768)

# Endings: name of the format, and how its files begin.
KINDS = {
    (".zip", ".xlsx", ".docx", ".ods", ".kmz"): ("a zip archive", ZIP),
    (".gz", ".tgz"): ("a gzip file", (b"\x1f\x8b",)),
    (".bz2",): ("a bzip2 file", (b"BZh",)),
    (".xz",): ("an xz file", (b"\xfd7zXZ\x00",)),
    (".7z",): ("a 7z archive", (b"7z\xbc\xaf\x27\x1c",)),
    (".tif", ".tiff"): ("a TIFF raster", TIFF),
    (".nc", ".nc4", ".cdf"): ("a netCDF file", (*NETCDF, HDF5)),
    (".h5", ".hdf5", ".he5"): ("an HDF5 file", (HDF5,)),
    (".hdf",): ("an HDF file", (b"\x0e\x03\x13\x01", HDF5)),
    (".gpkg", ".sqlite"): ("an SQLite file", (b"SQLite format 3\x00",)),
    (".pdf",): ("a PDF file", (b"%PDF-",)),
    (".png",): ("a PNG image", (b"\x89PNG\r\n\x1a\n",)),
    (".jpg", ".jpeg"): ("a JPEG image", (b"\xff\xd8\xff",)),
}
TEXTS = (".csv", ".tsv", ".txt", ".dat", ".asc", ".hdr", ".prj", ".md", ".json", ".geojson")
MARKUP = (".html", ".htm", ".xhtml", ".xml", ".svg", ".kml", ".gml", ".vrt", ".qml")
_PAGE = re.compile(
    rb"(?:\s|<!--.*?-->|<\?xml.*?\?>)*<(?:!doctype|html|head|body|script|title|meta|error)\b",
    re.IGNORECASE | re.DOTALL,
)


def unlike_its_name(path: Path, name: str | None = None) -> str | None:
    """Describe how the beginning of a file contradicts its name, None if it does not.

    Parameters
    ----------
    path : Path
        The file.
    name : str, optional
        Its final name, if it has another one now. A file of unknown format is only checked for not
        being a web page.
    """
    name = (name or Path(path).name).lower()
    with Path(path).open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not name.endswith(MARKUP) and _is_page(head):
        return f"an HTML page in place of the file ({LOGIN_HINT})"
    for endings, (kind, marks) in KINDS.items():
        if name.endswith(endings) and not _begins(head, marks):
            return f"not {kind}: it begins with {head[:12]!r}"
    if name.endswith(".tar") and head[257:262] != b"ustar":
        return "not a tar archive"
    if name.endswith(TEXTS) and b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return f"not a text: it begins with {head[:12]!r}"
    return None


def _is_page(head: bytes) -> bool:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            head = head[2:].decode(encoding, "ignore").encode()
    return _PAGE.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def _begins(head: bytes, marks: tuple[bytes, ...]) -> bool:
    return head.startswith(marks) or (
        HDF5 in marks and any(head[at : at + len(HDF5)] == HDF5 for at in HDF5_OFFSETS)
    )
