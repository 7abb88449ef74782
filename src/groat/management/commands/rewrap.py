"""`groat rewrap`: the keys of chips under another wrapping key."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from groat.cards import vault
from groat.cards.models import WrappedChipKeys


class Command(BaseCommand):
    help = (
        "Wrap the keys of chips anew under the current wrapping key, which is the first in GROAT_WRAP_KEYS, and say "
        "which older ones nothing needs any more. Every server must know the new key before: see docs/operator.md."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        keys = settings.KEYS.wrap_keys
        if not keys:
            raise CommandError("There is no wrapping key. Set GROAT_WRAP_KEYS=id:key, a key of 64 hex digits.")
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        try:
            with bar:
                task = bar.add_task("programmes", total=WrappedChipKeys.objects.count())
                changed = vault.rewrap(passed=lambda count: bar.advance(task, count))
            in_use = vault.in_use()
        except vault.CannotOpen as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The keys of {changed} programme(s) were wrapped anew, under {keys[0].id}.")
        for key in keys[1:]:
            if in_use[key.id]:
                self.stdout.write(f"{key.id} is still needed: a server that does not know {keys[0].id} used it.")
            else:
                self.stdout.write(f"{key.id} may be removed, a quarter of an hour after the last server was restarted.")
