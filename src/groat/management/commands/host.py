"""`groat host`: gives a programme a host name of its own."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from groat.errors import Refusal
from groat.programmes import actions
from groat.programmes.deeds import SYSTEM, Deed
from groat.programmes.models import Programme
from groat.web import refusals


class Command(BaseCommand):
    help = (
        "Have a programme reached by a host name of its own, where no other is. It must not be one of GROAT_HOSTS, "
        "and holds within half a minute."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the programme's part of every address: /office/SLUG/")
        parser.add_argument("host", nargs="?", default="", help="credit.example.org; left out: none any more")

    def handle(self, *args: Any, **options: Any) -> None:
        programme = Programme.objects.filter(slug=options["slug"]).first()
        if programme is None:
            raise CommandError(f"There is no programme {options['slug']}.")
        try:
            programme = actions.give_host(programme=programme, host=options["host"], deed=Deed.at_once(SYSTEM))
        except Refusal as refusal:
            raise CommandError(refusals.worded(refusal)) from refusal
        told = f"is at {programme.host}" if programme.host else "has no host name of its own"
        self.stdout.write(f"{programme.name} {told}.")
