"""How customers and their wallets come to be. Everything here demands a transaction."""

from typing import Any

from groat.customers import rules
from groat.customers.models import Customer, Wallet
from groat.ledger import book
from groat.ledger.core import commands
from groat.ledger.core.decide import Accepted
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme


def open_customer(
    *,
    programme: Programme,
    name: str = "",
    identifier: str = "",
    email: str = "",
    phone: str = "",
    language: str = "",
    note: str = "",
    floor_minor: int = 0,
    deed: Deed,
) -> tuple[Customer, Wallet]:
    """A new customer with an empty wallet that may fall to `floor_minor` (0, or negative); anonymous without a name.

    Refusals: InvalidPhone, NameMissing, Unreachable, InvalidValue, InvalidAmount.
    """
    writing.demand_transaction()
    customer = Customer(id=deed.mint(), programme=programme, created_at=deed.now)
    fields = as_kept(
        programme, name=name, identifier=identifier, email=email, phone=phone, language=language, note=note
    )
    for field, value in fields.items():
        setattr(customer, field, value)
    writing.checked(customer).save(force_insert=True)
    wallet = Wallet(id=deed.mint(), programme=programme, owner=customer, created_at=deed.now)
    wallet.save(force_insert=True)
    with writing.sensible_amounts():
        book.open_account(programme_id=programme.id, account=wallet.id, now=deed.now, floor_minor=floor_minor)
    audit.write(
        programme_id=programme.id,
        deed=deed,
        action="customer.opened",
        subject=customer,
        subject_name=str(customer),
        details={"floor_minor": floor_minor} if floor_minor else None,
    )
    return customer, wallet


def as_kept(
    programme: Programme, *, name: str, identifier: str, email: str, phone: str, language: str, note: str
) -> dict[str, str]:
    """The fields of a customer as they are kept, from what a person typed; refuses what cannot be."""
    region = rules.region(time_zone=programme.time_zone, currency=programme.currency, language=programme.language)
    name, identifier, email = " ".join(name.split()), identifier.strip(), email.strip()
    phone = rules.normalised_phone(phone, region) if phone.strip() else ""
    rules.check_reachable(name=name, identifier=identifier, email=email, phone=phone)
    search = rules.search_text(name=name, identifier=identifier, email=email, phone=phone)
    return {
        "name": name,
        "identifier": identifier,
        "email": email,
        "phone": phone,
        "language": language,
        "note": note.strip(),
        "search": search,
    }


def post(*, wallet: Wallet, command: commands.Command, action: str, details: dict[str, Any], deed: Deed) -> Accepted:
    """Give the book a command on a wallet, and note it in the audit trail. Raises the ledger's refusals."""
    done = book.post(programme_id=wallet.programme_id, command=command, now=deed.now, mint=deed.mint)
    audit.write(
        programme_id=wallet.programme_id,
        deed=deed,
        action=action,
        subject=wallet,
        subject_name=str(wallet.owner),
        details=details,
    )
    return done
