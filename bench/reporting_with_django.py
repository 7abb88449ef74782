"""Fills a programme with a past of baskets, seals and folds it, and times each report over all of it."""

import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bench import databases
from bench.merchants import Wanted
from bench.seed import merchant
from groat.catalogue import actions as catalogue
from groat.ledger import seal
from groat.ledger.core.accounts import Tally
from groat.programmes import minting
from groat.programmes.deeds import SYSTEM, Deed
from groat.programmes.models import Programme
from groat.reports import entries, folding, overview
from groat.reports.asked import Asked, Known
from groat.reports.figures import Figures, reading
from groat.reports.models import PostedCell, SoldCell
from groat.reports.periods import Named, Period
from groat.reports.told import REPORTS

PRODUCTS = 40
TILLS = 8
TRIES = 3

_BASKETS = """
UPDATE groat_payment SET lines = {cast}(
    '[{{"product": "' || product.name || '", "name": "A product", "quantity": 1, "price_minor": ' || amount_minor
    || ', "amount_minor": ' || amount_minor || ', "vat": 2100}}]'{end})
FROM bench_product AS product WHERE product.place = groat_payment.amount_minor % {products}
"""


def fill(count: int) -> Programme:
    """A programme whose payments are for one of many products each."""
    merchant(Wanted("bench", TILLS, min(10_000, count // 20), count))
    programme = Programme.objects.get()
    deed = Deed.at_once(SYSTEM)
    category = catalogue.add_category(programme=programme, name="Things", deed=deed)
    made = [
        catalogue.add_product(
            programme=programme, category=category, name=f"Product {i}", price_minor=100, swatch="clay", deed=deed
        )
        for i in range(PRODUCTS)
    ]
    cast, end = ("CAST", " AS jsonb") if connection.vendor == "postgresql" else ("", "")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_product (place integer, name text)")
        cursor.executemany(
            "INSERT INTO bench_product VALUES (%s, %s)", [(i, str(one.public_id)) for i, one in enumerate(made)]
        )
        cursor.execute(_BASKETS.format(cast=cast, end=end, products=PRODUCTS))
    with databases.session(os.environ["GROAT_DATABASE_URL"]) as session:
        session.settle()
    return programme


def timed(act: Callable[[], object]) -> float:
    """Seconds, the least of a few tries."""
    found = []
    for _try in range(TRIES):
        begun = time.monotonic()
        act()
        found.append(time.monotonic() - begun)
    return min(found)


def main() -> None:
    wanted = json.load(sys.stdin)
    call_command("migrate", verbosity=0)
    minting.ready()
    programme = fill(wanted["entries"])
    begun = time.monotonic()
    while seal.seal(programme_id=programme.id, now=timezone.now()):
        pass
    sealed = time.monotonic()
    while folding.fold(programme=programme):
        pass
    folded = time.monotonic()
    known, today = Known(programme), timezone.localdate()
    year = Period(today.replace(year=today.year - 1), today)
    asked = Asked(known, Named.DATES, year)

    def build(slug: str) -> object:
        with reading(programme) as figures:
            return REPORTS[slug].build(figures, asked)

    def of_today(figures: Figures) -> object:
        day = Asked(known, Named.DATES, Period(today, today))
        return overview.of_day(figures, day, now=timezone.now(), today=today)

    seconds = {slug: timed(partial(build, slug)) for slug in REPORTS}
    seconds["overview"] = timed(lambda: of_today(Figures(programme)))
    seconds["entries"] = timed(lambda: entries.found(asked, account=Tally.REVENUE))
    old = Asked(known, Named.DATES, Period(year.since, year.since))
    seconds["entries of the first day"] = timed(lambda: entries.found(old, account=Tally.REVENUE))
    before = {
        "entries": wanted["entries"],
        "seconds to seal": sealed - begun,
        "seconds to fold": folded - sealed,
        "cells of postings": PostedCell.objects.count(),
        "cells of lines": SoldCell.objects.count(),
    }
    json.dump({"before": before, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
