"""Schemathesis calls a real server with whatever the document allows, and with what it does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from groat.config.rest import openapi
from tests import servers

HERE = Path(__file__).parent
SEED = "import django; django.setup(); from tests.api import seed; seed.main()"
PLENTY = "10000000"

pytestmark = pytest.mark.sqlite_only  # it is the interface that is tried, not the database


@pytest.fixture
def shop(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """The environment of a server with a shop in its database, and where the shop is described."""
    env = servers.environment(
        var=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'groat.sqlite3'}",
        GROAT_REQUESTS_PER_MINUTE=PLENTY,
        GROAT_STRANGERS_PER_MINUTE=PLENTY,
    )
    told = tmp_path / "shop.json"
    with told.open("wb") as out:
        subprocess.run([sys.executable, "-c", SEED], env=env, stdout=out, check=True)
    return env, told


def test_schemathesis_finds_nothing(shop: tuple[dict[str, str], Path], tmp_path: Path):
    env, told = shop
    reached = tmp_path / "reached"
    with servers.serving(env, log=tmp_path / "server.log") as address:
        found = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                "--config-file",
                HERE / "schemathesis.toml",
                "--no-color",
                "run",
                f"{address}/api/openapi.json",
                "--max-examples=10",
                "--seed=1",
                "--continue-on-failure",
                "--suppress-health-check=all",
            ],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(HERE.parent.parent),
                "SCHEMATHESIS_HOOKS": "tests.api.hooks",
                "GROAT_TESTS_SHOP": str(told),
                "GROAT_TESTS_REACHED": str(reached),
                "GROAT_TESTS_KEY": json.loads(told.read_text())["secret"],
            },
            # Away from any terminal, which would stop a program of the background that looks at it.
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
        )

    assert found.returncode == 0, found.stdout + found.stderr
    # Nothing found is worth nothing where nobody came.
    succeeded = {line.split()[0] for line in reached.read_text().splitlines() if line.split()[1].startswith("2")}
    operations = {told["operationId"] for methods in openapi()["paths"].values() for told in methods.values()}
    assert operations - succeeded == set()
