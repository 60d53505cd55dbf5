"""Rows of text tables: no cell is shifted and no line lost, whatever quotes stand in it."""

import gzip

import pytest

from proda.errors import InputError
from proda.text import blocks
from proda.text.frames import read_frame
from proda.text.rows import Layout


@pytest.fixture(params=[2**24, 8], ids=["whole", "in blocks"])
def read(tmp_path, request, monkeypatch):
    """Callable: text of a file, its Layout -> [(line, cells...)], read as a whole and in blocks."""
    monkeypatch.setattr(blocks, "BLOCK_CHARACTERS", request.param)

    def rows(text, *layout, lenient=False, encoding="utf-8", **settings):
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        layout = Layout(*layout, encoding=encoding, **settings)
        places = lambda header: {name: place for place, name in enumerate(header)}  # noqa: E731
        table = read_frame(path, layout, places, lenient=lenient)
        found = zip(table.index + 2, table.to_numpy().tolist(), strict=True)
        return [(line, *cells[: None if lenient else -1]) for line, cells in found]

    return rows


@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize(
    ("cells", "meant"),
    [
        ('"4 inch tube', '"4 inch tube'),
        ('4" tube', '4" tube'),
        ('tube of 4"', 'tube of 4"'),
        ('"', '"'),
        ('""', ""),
        ('""""', '"'),
        ('"see" P1', '"see" P1'),
        ('"see P1"', "see P1"),
        ('"4"" tube"', '4" tube'),
        ('"4 inch""', '"4 inch""'),
        ("O'Higgins", "O'Higgins"),
        ("39°06'00\"N", "39°06'00\"N"),
        ("x" * 200_000, "x" * 200_000),
        (f'"{"x" * 200_000}"', "x" * 200_000),
    ],
)
def test_a_quote_inside_a_line_is_text(read, mark, cells, meant):
    text = "\n".join([f"a{mark}b{mark}c", f"1{mark}{cells}{mark}2", f"3{mark}see{mark}4", ""])
    assert read(text, mark) == [(2, "1", meant, "2"), (3, "3", "see", "4")]
    last = "\n".join([f"a{mark}c", f"1{mark}{cells}", f"3{mark}4", f'5{mark}"see P1"'])
    assert read(last, mark) == [(2, "1", meant), (3, "3", "4"), (4, "5", "see P1")]
    first = "\n".join([f"a{mark}c", f"{cells}{mark}1", f"3{mark}4", ""])
    expected = [(2, meant, "1"), (3, "3", "4")]
    assert read(first, mark) == expected


def test_quoted_cells_hold_separators_breaks_and_quotes(read):
    text = 'a,b,c\n1,"two\nlines, of\n\n""text""",2\n3,"x,y",4\n"5",6,"a\r\nb"'
    assert read(text) == [
        (2, "1", 'two\nlines, of\n\n"text"', "2"),
        (6, "3", "x,y", "4"),
        (7, "5", "6", "a\nb"),
    ]


def test_two_quotes_at_the_end_of_a_line_do_not_close_a_cell(read):
    assert read('a,b,c\n1,2,"x""\ny"\n3,4,"z"""\n') == [(2, "1", "2", 'x"\ny'), (4, "3", "4", 'z"')]


def test_a_quoted_cell_that_would_hold_rows_is_an_error_with_its_line(read):
    text = 'a,b,c\n1,2,x\n3,4,"4 inch\n5,6,z\n7,8,6"\n9,10,y\n'
    with pytest.raises(InputError, match=r"table.csv, line 3: .*up to line 5, with whole rows"):
        read(text)
    with pytest.raises(InputError, match=r"table.csv, line 2: .*up to line 3, with whole rows"):
        read('a\tb\tc\n1\t"b \tb\n2\t"\t  """\n', "\t")
    assert read(text, quoted=False)[1:4] == [
        (3, "3", "4", '"4 inch'),
        (4, "5", "6", "z"),
        (5, "7", "8", '6"'),
    ]


def test_a_quote_that_never_closes_takes_nothing_along(read, caplog):
    text = 'a,b\n1,"x\n' + "".join(f"{i},{i}\n" for i in range(300)) + '2,"y\n'
    rows = read(text)
    assert [line for line, *_ in rows] == list(range(2, 304))
    assert rows[0] == (2, "1", '"x') and rows[-1] == (303, "2", '"y')
    assert "in 2 rows a quote opens a cell" in caplog.text and "line 2" in caplog.text


def test_line_breaks_of_all_systems_and_blank_rows(read):
    expected = [(2, "1", "2"), (4, "3", "4")]
    for end in ("\n", "\r\n", "\r"):
        for tail in ("", end, end * 3, f"{end},{end},", f"{end}  {end}"):
            assert read(f"a,b{end}1,2{end}{end}3,4{tail}") == expected
    assert read("a,b\r1,2\n\r\n3,4\r\n")[-1] == (4, "3", "4")


def test_byte_order_marks_and_encodings(read, tmp_path):
    assert read(b"\xef\xbb\xbfa,b\r\n1,2\r\n") == [(2, "1", "2")]
    for encoding in ("utf-16", "UTF_16", "utf-32"):
        assert read("a,b\n1,ä\n", encoding=encoding) == [(2, "1", "ä")]
    assert read("\ufeffa,b\n1,ä\n", encoding="utf-16-le") == [(2, "1", "ä")]
    assert read("a,b\n1,ä\n", encoding="latin-1") == [(2, "1", "ä")]
    assert read(gzip.compress(b"a,b\n1,2\n")) == [(2, "1", "2")]


def test_the_header(read):
    assert read('"a","b"\n1,2\n') == [(2, "1", "2")]
    assert read('a,"organic\ncarbon",c\n1,2,3\n') == [(3, "1", "2", "3")]
    assert read("\n\na,b,,\n1,2\n3,4,,\n") == [(4, "1", "2"), (5, "3", "4")]
    with pytest.raises(InputError, match=r"line 4: expected 4 cells, .*found 3"):
        read("\n\na,b,,\n1,2,\n")
    assert read('a,"b,c\n1,2,3\n4,5,6"\n') == [(2, "1", "2", "3"), (3, "4", "5", '6"')]
    assert read("a,b\n") == []


def test_rows_of_another_number_of_cells(read):
    text = "a,b,c\n1,2\n1,2,3,4\n1,2,3,,\n"
    with pytest.raises(InputError, match=r"table.csv, line 2: expected 3 cells.*found 2"):
        read(text)
    with pytest.raises(InputError, match=r"line 3: expected 3 cells.*found 4 .*needs quotes"):
        read(text.replace("1,2\n", "1,2,3\n", 1))
    assert read(text, lenient=True) == [
        (2, "1", "2", "", "fewer cells than the header"),
        (3, "1", "2", "3", "more cells than the header"),
        (4, "1", "2", "3", "more cells than the header"),
    ]


def test_rows_to_skip(read):
    text = "# my pits\na,b\ncm,%\n1,2\n3,4\n"
    assert read(text, skip_rows=[1, 3]) == [(4, "1", "2"), (5, "3", "4")]
    assert read(text.removeprefix("# my pits\n"), skip_rows=(2,)) == [(3, "1", "2"), (4, "3", "4")]
    assert read("one\ntwo\n" + text, skip_rows=3)[1:] == [(6, "1", "2"), (7, "3", "4")]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"\n\n", "an empty file"),
        (b"a,b\n1,2\n3,\0\n", "line 3: expected text, found a NUL"),
        (b"a\0,b\n1,2\n", "line 1: expected text, found a NUL"),
        (b"\xff\xfea\0,\0b\0\n\0", "found what looks like UTF-16"),
        (b"a\0,\0b\0\n\x001\0,\x002\0\n\0", "found what looks like UTF-16"),
        ("a,b\n1,2\n".encode("utf-16-be"), "found what looks like UTF-16"),
        ("a,b\n1,2\n".encode("utf-32"), "found what looks like UTF-32"),
        (b"PK\x05\x06" + bytes(18), "found an empty zip archive"),
        (b"PK\x03\x04abc", "found a zip archive"),
        (b"\xd0\xcf\x11\xe0abc", "an old spreadsheet"),
        (b"PAR1abc", "a Parquet file"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"<!DOCTYPE html><html>", "a page of markup"),
        (b"a,b\n1,\xe4\n", "found byte 0xe4 in line 2"),
        (gzip.compress(b"a,b\n1,2\n" * 50, mtime=0)[:-12], "a whole gzip file"),
    ],
)
def test_files_that_are_no_text_tables(read, content, found):
    with pytest.raises(InputError, match=r"table.csv") as error:
        read(content)
    assert found in str(error.value)
