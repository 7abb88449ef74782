"""The integrators' guide works as it is written."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from groat.api.problems import KINDS
from tests import servers

GUIDE = Path(__file__).parents[2] / "docs" / "integrator.md"
SEED = "import django; django.setup(); from tests.api import seed; seed.main()"

pytestmark = pytest.mark.sqlite_only  # it is the guide that is tried, not the database


def test_the_five_minutes_can_be_played(tmp_path: Path):
    env = servers.environment(var=tmp_path, database_url=f"sqlite:///{tmp_path / 'groat.sqlite3'}")
    seeded = subprocess.run([sys.executable, "-c", SEED], env=env, stdout=subprocess.PIPE, check=True)
    script = "\n".join(re.findall(r"^```bash\n(.*?)^```", GUIDE.read_text(), flags=re.DOTALL | re.MULTILINE))

    with servers.serving(env, log=tmp_path / "server.log") as address:
        played = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env={**env, "BASE": address, "KEY": json.loads(seeded.stdout)["secret"]},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    assert played.returncode == 0, played.stdout + played.stderr
    refused = json.loads(played.stdout.splitlines()[-1])
    written = json.loads(re.findall(r"^```json\n(.*?)^```", GUIDE.read_text(), flags=re.DOTALL | re.MULTILINE)[0])
    assert refused == written


def test_the_guide_names_each_status_that_a_problem_can_have():
    table = GUIDE.read_text().partition("| status | means |")[2].partition("\n\n")[0]

    assert {kind.status for kind in KINDS.values()} <= {int(status) for status in re.findall(r"\b[45]\d\d\b", table)}
    assert set(re.findall(r"`([a-z_]{6,})`", table)) - set(KINDS) <= {
        *("available_minor", "missing_minor", "left_minor", "errors"),
    }
