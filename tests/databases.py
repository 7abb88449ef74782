"""A pytest plugin: the database and the folder of a run of the tests, settled before Django is set up.

`pytest` runs on SQLite, `pytest --database=postgresql` on a PostgreSQL server that it starts (or
on the one that GROAT_TEST_POSTGRES_URL names).
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests import postgres

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
_SERVER = "GROAT_TEST_POSTGRES_URL"
_ELSEWHERE = {SQLITE: {"postgresql_only"}, POSTGRESQL: {"sqlite_only", "journey", "rig"}}

_run = ExitStack()
"""What ends with the run: its folder, and its server if it started one."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=[SQLITE, POSTGRESQL], default=SQLITE, help="the database that the tests run on"
    )


# A wrapper, so that it comes before pytest-django, which reads the settings in this same hook.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:  # a worker inherits these
        os.environ["GROAT_VAR"] = _run.enter_context(tempfile.TemporaryDirectory(prefix="groat-tests-"))
    os.environ.pop("GROAT_DATABASE_URL", None)
    if early_config.known_args_namespace.database == POSTGRESQL:
        os.environ["GROAT_DATABASE_URL"] = postgres_server()
    yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    elsewhere = _ELSEWHERE[config.getoption("database")]
    here = [item for item in items if not any(item.get_closest_marker(name) for name in elsewhere)]
    if len(here) < len(items):
        chosen = set(here)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    # Last: a browser driven from this process leaves an event loop running in it.
    items[:] = sorted(here, key=lambda item: item.get_closest_marker("journey") is not None)


def pytest_unconfigure() -> None:
    _run.close()


def postgres_server() -> str:
    """The URL of the run's PostgreSQL server; started once, and shared with the workers of the run."""
    if _SERVER not in os.environ:
        os.environ[_SERVER] = _run.enter_context(postgres.server()).url()
        _run.callback(os.environ.pop, _SERVER, None)
    return os.environ[_SERVER]
