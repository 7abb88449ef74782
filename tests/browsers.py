"""The browser that plays the journeys: the system's own Chromium or Chrome.

Best is Chromium's headless shell: the same engine without the windows around it, which open three times as fast.
`python -m tests.browsers` sees that there is one: on Debian and Ubuntu root installs it, elsewhere one sentence says
what is missing and the exit status is 1.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests import packages

PACKAGES = ("chromium-headless-shell", "fonts-dejavu-core")
PROGRAMS = (
    "chromium-headless-shell",
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


def main() -> str | None:
    if packages.can_install():
        absent = packages.missing(PACKAGES)
        if absent:
            # Where it cannot be had, another one does.
            packages.install(absent)
    return None if find() else MISSING


if __name__ == "__main__":
    sys.exit(main())
