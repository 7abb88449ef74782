"""What the card reader's tests need of the system: pcscd, a compiler for the handler that it loads, pyscard.

`python -m tests.reader.system` sees that it is there: on Debian and Ubuntu root installs it, elsewhere
one sentence says what is missing and the exit status is 1. pyscard has no wheel for Linux and is built
from its locked source with locked tools, after the libraries are there that it is built against: that is
why it is not among the packages of scripts/setup, which compiles nothing.
"""

import importlib
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests import packages

CLONE = Path(__file__).resolve().parents[2]
PACKAGES = ("pcscd", "libpcsclite-dev", "gcc", "libc6-dev", "pkg-config")
MISSING = (
    "The card reader's tests need Linux with pcscd, gcc and pyscard: as root on Debian and Ubuntu "
    f"`apt-get install {' '.join(PACKAGES)}`, then `python -m tests.reader.system`."
)


def is_there() -> bool:
    """Can the tests run here?"""
    programs = all(shutil.which(name) or Path("/usr/sbin", name).exists() for name in ("pcscd", "gcc", "pkg-config"))
    return programs and find_spec("smartcard") is not None


def _build_pyscard() -> None:
    asked = [sys.executable, str(CLONE / "scripts" / "setup"), "uv"]
    uv = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    print("  building pyscard", flush=True)
    tools, lock = (str(CLONE / "requirements" / name) for name in ("reader-build.txt", "reader.txt"))
    options = ["--quiet", "--python", sys.executable, "--no-deps", "--require-hashes", "--build-constraints", tools]
    subprocess.run([uv, "pip", "install", *options, "--requirements", lock], check=False)
    importlib.invalidate_caches()


def main() -> str | None:
    if packages.can_install() and (absent := packages.missing(PACKAGES)):
        packages.install(absent)
    if find_spec("smartcard") is None and shutil.which("gcc"):
        _build_pyscard()
    return None if is_there() else MISSING


if __name__ == "__main__":
    sys.exit(main())
