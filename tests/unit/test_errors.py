"""The error for bad input: where it was, also in an element of an array."""

import pickle

import numpy as np
import pytest

from proda.check import as_array, check_range
from proda.errors import InputError


def test_an_error_in_an_element_has_its_array_and_index():
    values = np.ones((3, 4))
    values[2, 1] = np.nan
    with pytest.raises(InputError) as error:
        as_array("soil", values, (3, 4))
    assert (error.value.array, error.value.index) == ("soil", (2, 1))
    assert str(error.value.where) == "soil[2, 1]"
    with pytest.raises(InputError) as error:
        check_range("depth", np.array([1.0, 9.0]), 0.0, 2.0)
    assert (error.value.array, error.value.index) == ("depth", (1,))


def test_other_errors_have_neither():
    error = InputError("file.csv", "a column", "none")
    assert (error.array, error.index) == (None, ())
    with pytest.raises(InputError) as raised:
        check_range("depth", np.array(9.0), 0.0, 2.0)
    assert (raised.value.array, raised.value.index) == (None, ())


def test_an_error_reaches_another_process_whole():
    error = InputError.of_element("soil", (np.int64(2), 1), "a number", "nothing", "look again")
    again = pickle.loads(pickle.dumps(error))
    assert vars(again) == vars(error) and str(again) == str(error)
    assert str(error) == "soil[2, 1]: expected a number, found nothing (look again)"
