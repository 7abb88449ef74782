"""Which of a programme's settings may be changed. Its address and its unit are for good: all books are kept in it."""

from typing import Any, TypedDict

from django.core.files.base import File


class ProgrammeChanges(TypedDict, total=False):
    """Any of these; what is left out stays. The units stand in `groat.programmes.models.Programme`."""

    name: str
    credit_name: str
    price_minor: int
    time_zone: str
    language: str
    identifier_label: str
    undo_seconds: int
    confirm_from_minor: int | None
    confirm_copyable_from_minor: int | None
    cashiers_may_look_up: bool
    cashiers_may_sell_out: bool
    confirm_by: str
    lock_after_minutes: int | None
    wants_second_factor: bool
    vat_rate: int | None
    accent: str
    logo: "File[Any] | str"
    """As `groat.web.pictures.contained` made it; empty: none."""
