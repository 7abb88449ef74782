"""Debian packages that the tests need beside Python's: installed where root can, named where not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence


def can_install() -> bool:
    return bool(shutil.which("apt-get")) and os.geteuid() == 0


def missing(names: Sequence[str]) -> list[str]:
    """Which of these packages are not installed."""
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    return [name for name in names if f"{name} installed" not in asked.stdout.splitlines()]


def install(names: Sequence[str]) -> None:
    """Install packages; fetch the list of what there is only if it does not offer them."""
    print(f"  installing {', '.join(names)}", flush=True)
    wanted = _apt("install", "--no-install-recommends", *names)
    for command in (wanted, _apt("update"), wanted):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode == 0 and command is wanted:
            return
    sys.stderr.write(done.stdout + done.stderr)


def _apt(*verb: str) -> list[str]:
    return ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--yes", "--quiet", *verb]
