"""Each reader of tables, with each thing that happens to tables: the right values or an error.

What does not change the meaning of a file must not change a value; what does is an InputError that
names file and place, or, where rows are booked one by one, the loss of that row and no other.
"""

import pytest

from proda.errors import InputError
from table_readers import READERS

BY_NAME = [pytest.param(reader, id=reader.name) for reader in READERS]
WITH_NUMBERS = [p for p in BY_NAME if p.values[0].number != "none"]


SOUND = {}  # values of each reader's sound files, which most tests compare with


@pytest.fixture
def read(tmp_path):
    """Callable: a reader, and what to do with the text of its file -> what it reads."""

    def values(reader, change=None):
        if change is None and reader.name in SOUND:
            return SOUND[reader.name]
        for name, text in reader.files.items():
            content = change(text) if change and name == reader.file else text
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name).write_bytes(data)
        found = reader.read(tmp_path)
        if change is None:
            SOUND[reader.name] = found
        return found

    return values


def same(found, expected):
    """Compare, NaN being equal to itself."""
    assert repr(found) == repr(expected)


def with_text(reader, text):
    return lambda content: content.replace(reader.text, text, 1)


def insert_row(row, line):
    def change(content):
        lines = content.splitlines()
        return "\n".join([*lines[: line - 1], row, *lines[line - 1 :]]) + "\n"

    return change


@pytest.mark.parametrize("reader", BY_NAME)
def test_marks_and_breaks_change_no_value(read, reader):
    expected = read(reader)
    blank = reader.separator * reader.files[reader.file].split("\n")[0].count(reader.separator)
    for change in (
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.removesuffix("\n"),
        lambda text: text + "\n\n",
        lambda text: text + f"{blank}\n{blank}\n",
        lambda text: text.replace("\n", "\n\n"),
    ):
        same(read(reader, change), expected)


@pytest.mark.parametrize("reader", BY_NAME)
def test_quotes_that_are_text_change_no_value(read, reader):
    expected = read(reader)
    for text in (
        '4" tube',
        '"4 inch tube',
        'tube of 4"',
        '"',
        "O'Higgins",
        '"see" P1',
        "x" * 140_000,
    ):
        same(read(reader, with_text(reader, text)), expected)


@pytest.mark.parametrize("reader", BY_NAME)
def test_quoted_cells(read, reader):
    mark = reader.separator
    expected = read(reader)

    def all_quoted(text):
        rows = [line.split(mark) for line in text.splitlines()]
        return "".join(mark.join(f'"{cell}"' for cell in row) + "\n" for row in rows)

    if not reader.quoted:
        with pytest.raises(InputError, match=reader.file):
            read(reader, all_quoted)
        return
    same(read(reader, all_quoted), expected)
    texts = ['"4"" tube"', f'"a{mark} b"', '"a\nb"', f'"a\r\n{mark}b\n\n"']
    # In a table of two columns, the last would look like a row.
    narrow = reader.files[reader.file].split("\n")[0].count(mark) == 1
    for text in texts[: 3 if narrow else 4]:
        same(read(reader, with_text(reader, text)), expected)


@pytest.mark.parametrize("reader", BY_NAME)
def test_a_cell_that_would_take_rows_along(read, reader):
    """A quote before a row and one behind a later row: the rows between must not vanish."""
    content = reader.files[reader.file]
    mark = reader.separator
    expected = read(reader)

    def change(text):
        before, _, after = text.partition(reader.text)
        rows = after.split("\n")
        if len(rows) < 3:
            return None
        # The next row with the text of this cell's column ending in a quote.
        column = before.split("\n")[-1].count(mark)
        cells = rows[1].split(mark)
        cells[column] += '6"'
        return before + '"4 inch' + "\n".join([rows[0], mark.join(cells), *rows[2:]])

    if change(content) is None:
        pytest.fail("the sound file has no row below its text")
    if not reader.quoted:
        same(read(reader, change), expected)
        return
    try:
        found = read(reader, change)
    except InputError as error:
        assert reader.file in str(error) and "line" in str(error)
    else:
        same(found, expected)


@pytest.mark.parametrize("reader", BY_NAME)
def test_rows_of_another_number_of_cells(read, reader):
    total, rows = read(reader) if reader.lenient else (0, [])
    mark, (name, text) = reader.separator, (reader.file, reader.files[reader.file])
    lines = text.splitlines()
    place = next(k for k, line in enumerate(lines) if reader.text in line)
    for row in (lines[place] + mark, lines[place].rpartition(mark)[0], reader.text):
        changed = "\n".join([*lines[:place], row, *lines[place + 1 :]]) + "\n"
        if not reader.lenient:
            with pytest.raises(InputError, match=rf"{name}, line {place + 1}: expected .* cells"):
                read(reader, lambda _, changed=changed: changed)
        elif row != reader.text:
            found = read(reader, lambda _, changed=changed: changed)
            assert found[0] == total and [r for r in rows if r not in found[1]] == rows[:1]


@pytest.mark.parametrize("reader", BY_NAME)
def test_what_is_no_text(read, reader):
    for change, message in (
        (lambda text: text.replace(reader.text, "a\0b", 1), "a NUL character"),
        (lambda text: "\0" + text, "line 1: expected text, found a NUL"),
        (lambda text: text.encode("utf-16"), "found what looks like UTF-16"),
        (lambda text: text.encode("utf-16-le"), "found what looks like UTF-16"),
        (lambda text: b"PK\x03\x04" + text.encode(), "found a zip archive"),
        (lambda text: "", "an empty file"),
        (lambda text: "\n\n", "an empty file"),
    ):
        with pytest.raises(InputError, match=reader.file) as error:
            read(reader, change)
        assert message in str(error.value)


@pytest.mark.parametrize("reader", BY_NAME)
def test_another_separator(read, reader):
    for mark in {",", "\t", ";"} - {reader.separator}:
        try:
            found = read(reader, lambda text, mark=mark: text.replace(reader.separator, mark))
        except InputError as error:
            assert reader.file in str(error)
        else:
            pytest.fail(f"read as {found}")


@pytest.mark.parametrize("reader", BY_NAME)
def test_tabs_in_cells(read, reader):
    expected = read(reader)
    if reader.separator == ",":
        same(read(reader, with_text(reader, "a\tb")), expected)
    else:
        with pytest.raises(InputError, match=rf"{reader.file}, line \d: expected .* cells"):
            read(reader, with_text(reader, "a\tb"))


@pytest.mark.parametrize("reader", WITH_NUMBERS)
def test_decimal_commas(read, reader):
    comma = reader.number.replace(".", ",") if "." in reader.number else "9,9"
    cell = f'"{comma}"' if reader.separator == "," else comma
    change = lambda text: text.replace(reader.number, cell)  # noqa: E731
    try:
        found = read(reader, change)
    except InputError as error:
        assert reader.file in str(error) or "none of" in str(error)
    else:
        # Booked one by one: the value is lost and none is read for it.
        assert reader.lenient or reader.name.startswith("wosis")
        value = float(reader.number)
        assert value not in [cell for row in found[1] for cell in row]
        assert found[0] == read(reader)[0]


@pytest.mark.parametrize("reader", BY_NAME)
def test_a_row_of_units_below_the_header(read, reader):
    expected = read(reader)
    width = reader.files[reader.file].split("\n")[0].count(reader.separator) + 1
    row = reader.separator.join(["units"] * width)
    try:
        found = read(reader, insert_row(row, 2))
    except InputError as error:
        assert reader.file in str(error) or "units" in str(error)
    else:
        # A snapshot records the row under a profile of that name.
        assert reader.name.startswith("wosis")
        same(found[1], expected[1])
