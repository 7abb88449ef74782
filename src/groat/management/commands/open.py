"""`groat open`: a programme with its first owner. Everything else is done in the office."""

import sys
from getpass import getpass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from groat.errors import Refusal
from groat.programmes import actions, rules
from groat.programmes.deeds import SYSTEM, Deed
from groat.programmes.models import User
from groat.web import money, refusals


class Command(BaseCommand):
    help = (
        "Open a programme with its first owner. The owner's password is asked for, or read from a pipe; "
        "somebody who has a login already keeps theirs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the programme's part of every address: /office/SLUG/")
        parser.add_argument("--name", required=True, help="as people know it: Harbour Court")
        parser.add_argument("--owner-email", required=True, metavar="EMAIL", help="whom the owner signs in as")
        parser.add_argument("--owner-name", required=True, metavar="NAME")
        parser.add_argument("--credit", default="credits", metavar="NAME", help="stands behind amounts (credits)")
        parser.add_argument("--decimals", type=int, default=2, help="of a credit, 0 to 4 (2); cannot be changed later")
        parser.add_argument("--currency", default="EUR", help="ISO 4217 (EUR); cannot be changed later")
        parser.add_argument("--price", default="1", help="of one credit, in the currency (1)")
        parser.add_argument("--time-zone", default="Europe/Prague", metavar="ZONE", help="(Europe/Prague)")
        parser.add_argument("--language", default="en", choices=[code for code, _name in settings.LANGUAGES])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            programme = actions.open_programme(
                slug=options["slug"],
                name=options["name"],
                credit_name=options["credit"],
                credit_decimals=options["decimals"],
                currency=rules.checked_currency(options["currency"]),
                price_minor=_price_minor(options["price"], options["currency"]),
                time_zone=options["time_zone"],
                language=options["language"],
                owner_email=options["owner_email"],
                owner_name=options["owner_name"],
                owner_password=_password(options["owner_email"]),
                deed=Deed.at_once(SYSTEM),
            )
        except Refusal as refusal:
            raise CommandError(refusals.worded(refusal)) from refusal
        self.stdout.write(f"{programme.name} is open: its owner signs in and goes on at /office/{programme.slug}/.")


def _price_minor(text: str, currency: str) -> int:
    """The price of one credit in minor units of the currency."""
    try:
        return money.parse_minor(text, decimals=money.currency_decimals(currency), language="en")
    except money.NotAnAmount as error:
        raise rules.InvalidValue("price_minor", "invalid") from error


def _password(email: str) -> str:
    """Asked for twice at a terminal, else the first line that comes in."""
    if User.objects.filter(email__iexact=email.strip()).exists():
        return ""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass(f"Password of {email}: ")
    if getpass("Once more: ") != password:
        raise CommandError("The two passwords differ.")
    return password
