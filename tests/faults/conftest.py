"""The undisturbed run all faults are compared with, and the count of faults."""

from contextlib import contextmanager

import pytest
from disturbed import contents, finish, tiny_twin


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """(folder, configuration, contents) of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    config = tiny_twin(folder)
    finish(folder, config)
    return folder, config, contents(folder)


@pytest.fixture
def fault(record_property):
    """Count faults: those named are tried on entering, and survived if the block ends well."""

    @contextmanager
    def count(*names):
        for name in names:
            record_property("fault tried", name)
        yield
        for name in names:
            record_property("fault survived", name)

    return count
