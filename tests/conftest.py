"""What all tests share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import databases, postgres

settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile(
    "ci", max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "quick")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def database_vendor(pytestconfig: pytest.Config) -> str:
    """What this run of the tests is on: `sqlite` or `postgresql`."""
    return str(pytestconfig.getoption("database"))


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A new, empty PostgreSQL database for a test that starts processes of its own."""
    with postgres.empty_database(databases.postgres_server()) as url:
        yield url


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_vendor: str, tmp_path: Path) -> str:
    """A new, empty database of this run's kind for a test that starts processes of its own."""
    if database_vendor == databases.POSTGRESQL:
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'groat.sqlite3'}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """How pytest-playwright starts the browser: the system's own, quiet, with nothing of its maker's."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    flags = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # which Chromium refuses to build as root
    return {**browser_type_launch_args, "executable_path": executable, "args": flags}


@pytest.fixture(autouse=True)
def _a_browsers_loop_is_no_reason_to_refuse_a_query(request: pytest.FixtureRequest) -> None:
    """Playwright leaves a loop running in the main thread, where Django then suspects async code."""
    if request.node.get_closest_marker("journey"):
        # Not undone: the loop outlives the test, and the database is torn down after it.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
