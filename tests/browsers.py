"""The browser that plays the journeys: the system's own Chromium or Chrome.

`python -m tests.browsers` sees that it is there: on Debian and Ubuntu root installs it, elsewhere
one sentence says what is missing and the exit status is 1.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("chromium", "fonts-dejavu-core")
PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
MISSING = (
    "The journeys need Chromium or Google Chrome on PATH, and a font: install them "
    f"(on Debian `apt-get install {' '.join(PACKAGES)}`, on macOS `brew install --cask chromium`)."
)


def find() -> Path | None:
    """A browser that runs, or None."""
    for found in filter(None, map(shutil.which, PROGRAMS)):
        # Ubuntu's chromium-browser may be a mere note that the browser is elsewhere.
        asked = subprocess.run([found, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if asked.returncode == 0:
            return Path(found)
    return None


def flags() -> list[str]:
    """Chromium's arguments: call nobody; as root, do without the sandbox that it refuses to build."""
    return [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def _missing_packages() -> list[str]:
    """Which of PACKAGES are not installed; a browser of another origin will do for ours."""
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *PACKAGES],
        capture_output=True,
        text=True,
        check=False,
    )
    absent = [name for name in PACKAGES if f"{name} installed" not in asked.stdout.splitlines()]
    return [name for name in absent if name != "chromium" or find() is None]


def _install(packages: list[str]) -> None:
    """Install Debian packages; fetch the list of what there is only if it does not offer them."""
    print(f"  installing {', '.join(packages)}", flush=True)
    install = _apt("install", "--no-install-recommends", *packages)
    for command in (install, _apt("update"), install):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode == 0 and command is install:
            return
    sys.stderr.write(done.stdout + done.stderr)


def _apt(*verb: str) -> list[str]:
    return ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--yes", "--quiet", *verb]


def main() -> str | None:
    if shutil.which("apt-get") and os.geteuid() == 0 and (packages := _missing_packages()):
        _install(packages)
    return None if find() else MISSING


if __name__ == "__main__":
    sys.exit(main())
