"""What is changed about reports."""

from decimal import Decimal

from django.db import transaction

from groat.programmes import audit
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.reports.models import Bookkeeping


@transaction.atomic
def change_bookkeeping(
    *, programme: Programme, company_id: str, eur_rate: Decimal | None, accounts: dict[str, list[str]], deed: Deed
) -> Bookkeeping:
    """Keep what the bookkeeping is to be told. `eur_rate` is what a euro costs in the programme's currency."""
    told = {"company_id": company_id.strip(), "eur_rate": eur_rate, "accounts": accounts}
    kept, _made = Bookkeeping.objects.update_or_create(programme=programme, defaults=told)
    audit.write(
        programme_id=programme.id,
        deed=deed,
        action="bookkeeping.changed",
        subject=programme,
        subject_name=programme.name,
    )
    return kept
