"""What the staff write down about customers."""

from django.db import transaction

from groat.customers import rules
from groat.customers.models import Customer, CustomerNote
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.rules import InvalidValue


@transaction.atomic
def add_note(*, customer: Customer, text: str, deed: Deed) -> CustomerNote:
    """Write something down about a customer. Refusal: InvalidValue."""
    if not text.strip():
        raise InvalidValue("text", "blank")
    note = CustomerNote(
        id=deed.mint(),
        programme_id=customer.programme_id,
        customer=customer,
        text=text.strip(),
        actor=deed.actor.code,
        actor_name=deed.actor.name[:120],
        at=deed.now,
    )
    writing.checked(note).save(force_insert=True)
    _noted(customer, "customer.noted", deed)
    return note


@transaction.atomic
def remove_note(*, note: CustomerNote, deed: Deed) -> None:
    """Remove a note for good; only who wrote it may. Refusal: NotYourNote."""
    note = writing.locked(note)
    if note.actor != deed.actor.code:
        raise rules.NotYourNote
    _noted(note.customer, "customer.note_removed", deed)
    note.delete()


def _noted(customer: Customer, action: str, deed: Deed) -> None:
    # That there was a note, not what it said: the trail stays when the person is forgotten.
    audit.write(
        programme_id=customer.programme_id, deed=deed, action=action, subject=customer, subject_name=str(customer)
    )
