"""The command `groat`."""

import os
import sys

from django.core.management import execute_from_command_line

from groat.config.environment import Misconfigured


def main() -> None:
    """Run Django's management with Groat's settings; the subcommands lie in groat/management/commands/."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groat.config.settings")
    try:
        execute_from_command_line(sys.argv)
    except Misconfigured as error:
        sys.exit(f"groat: {error}")


if __name__ == "__main__":
    main()
