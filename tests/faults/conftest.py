"""The undisturbed run all faults are compared with, and the count of faults."""

from contextlib import contextmanager

import pytest
from disturbed import contents, finish, tiny_twin

_tried, _survived = [], []


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """(folder, configuration, contents) of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    config = tiny_twin(folder)
    finish(folder, config)
    return folder, config, contents(folder)


@pytest.fixture
def fault():
    """Count faults: those named are tried on entering, and survived if the block ends well."""

    @contextmanager
    def count(*names):
        _tried.extend(names)
        yield
        _survived.extend(names)

    return count


def pytest_terminal_summary(terminalreporter):
    if _tried:
        terminalreporter.section("faults")
        for name in _tried:
            terminalreporter.write_line(f"{'survived' if name in _survived else 'LOST':9}{name}")
        terminalreporter.write_line(f"{len(_tried)} tried, {len(_survived)} survived")
