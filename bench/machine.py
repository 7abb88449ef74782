"""What the figures were measured on."""

import os
import platform
import sqlite3
import sys
from importlib import metadata
from pathlib import Path

from bench import databases, pgbench
from tests import postgres

_IN_MEMORY = {"tmpfs", "ramfs"}
_PACKAGES = ("groat", "django", "granian", "psycopg", "uvloop")


def facts(folder: Path, server: postgres.Server) -> dict[str, object]:
    """The machine, the versions, and the settings that matter. `NotDurable` when the data lies in memory."""
    filesystem = _filesystem(folder)
    if filesystem in _IN_MEMORY:
        raise databases.NotDurable(f"{folder} is on {filesystem}: set TMPDIR to a folder on a disk")
    with databases.session(server.url()) as session:
        version = str(session.rows("SHOW server_version")[0][0])
    return {
        "machine": {
            "cores": os.cpu_count(),
            "processor": _processor(),
            "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000,
            "system": f"{platform.system()} {platform.release()}",
            "filesystem": filesystem,
            "load_before": os.getloadavg()[0],
        },
        "versions": {
            "python": sys.version.split()[0],
            "postgresql": version,
            "pgbench": pgbench.version(server),
            "sqlite": sqlite3.sqlite_version,
            **{name: metadata.version(name) for name in _PACKAGES},
        },
        "settings": {
            "postgresql": databases.POSTGRESQL_SETTINGS,
            "durable": databases.DURABLE,
        },
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _filesystem(folder: Path) -> str:
    """The kind of file system that holds a folder: that of the longest mount point above it."""
    real = folder.resolve()
    found = ("", "unknown")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split()
        if real.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, kind)
    return found[1]
