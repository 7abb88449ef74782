"""What all tests share."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import browsers, databases, emptying, postgres

CI = bool(os.environ.get("CI"))

settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile(
    "ci", max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if CI else "quick")


@pytest.fixture(scope="session")
def database_vendor(pytestconfig: pytest.Config) -> str:
    """What this run of the tests is on: `sqlite` or `postgresql`."""
    return str(pytestconfig.getoption("database"))


@pytest.fixture(scope="session", autouse=True)
def _history_ends_with_its_test() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        emptying.install(patch)
        yield


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
    """How pytest-playwright starts the browser; without one, the journeys are skipped."""
    found = browsers.find()
    if found is None:
        pytest.skip(browsers.MISSING)
    return {**browser_type_launch_args, "executable_path": found, "args": browsers.flags()}


@pytest.fixture(autouse=True)
def _a_browsers_loop_is_no_reason_to_refuse_a_query(request: pytest.FixtureRequest) -> None:
    """Playwright leaves a loop running in the main thread, where Django then suspects async code."""
    if request.node.get_closest_marker("journey"):
        # Not undone: the loop outlives the test, and the database is torn down after it.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where all that the tests need can be had, a test that did not run is a failure."""
    report = yield
    if CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped when CI is set: {report.longrepr}"
    return report
