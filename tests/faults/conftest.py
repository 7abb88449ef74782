"""One installation for all of a worker's tests of faults: to make it takes longer than most of them."""

from collections.abc import Iterator

import pytest

from tests import databases, postgres
from tests.faults.installation import Installation, installed


@pytest.fixture(scope="session")
def shared_installation(tmp_path_factory: pytest.TempPathFactory, database_vendor: str) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("installation")
    if database_vendor == databases.POSTGRESQL:
        with (
            postgres.empty_database(databases.postgres_server()) as url,
            installed(folder=folder, database_url=url) as made,
        ):
            yield made
    else:
        with installed(folder=folder, database_url=f"sqlite:///{folder / 'groat.sqlite3'}") as made:
            yield made


@pytest.fixture
def installation(shared_installation: Installation) -> Iterator[Installation]:
    """The installation with nothing running; what a test starts ends with it."""
    yield shared_installation
    shared_installation.end()
