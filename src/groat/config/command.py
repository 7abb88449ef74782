"""The command `groat`."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from groat.config.environment import Misconfigured


def main() -> None:
    """Run Django's management with Groat's settings; the subcommands lie in groat/management/commands/."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groat.config.settings")
    if sys.argv[1:2] == ["demo"] and "--empty" in sys.argv:
        # Before the settings are read: the demo's empty twin has a folder of its own inside the demo's.
        os.environ["GROAT_VAR"] = str(Path(os.environ.get("GROAT_VAR", "var"), "empty"))
    try:
        execute_from_command_line(sys.argv)
    except Misconfigured as error:
        sys.exit(f"groat: {error}")


if __name__ == "__main__":
    main()
