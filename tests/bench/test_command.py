"""What `make bench` runs can be started; what it measures is no matter for tests."""

import subprocess
import sys
from pathlib import Path

import pytest

CLONE = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("part", [[], ["one"]], ids=["whole", "one scenario"])
def test_the_benchmark_can_be_started(part: list[str]) -> None:
    command = [sys.executable, "-m", "bench", *part, "--help"]
    asked = subprocess.run(command, cwd=CLONE, check=False, capture_output=True, text=True)
    assert (asked.returncode, "usage:" in asked.stdout) == (0, True), asked.stderr
