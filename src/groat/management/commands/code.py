"""`groat code`: lets somebody open a programme by themselves."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand

from groat.openings import actions, rules
from groat.programmes.deeds import SYSTEM, Deed


class Command(BaseCommand):
    help = "Print a code with which one person opens one programme at /open/. It is good once, for seven days."

    def handle(self, *args: Any, **options: Any) -> None:
        code = actions.issue_code(random=secrets.token_bytes(8), deed=Deed.at_once(SYSTEM))
        self.stdout.write(f"{code}  is good once, at /open/, for {rules.CODE_LASTS.days} days.")
