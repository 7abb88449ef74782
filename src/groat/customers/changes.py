"""What of a customer may be changed."""

from typing import TypedDict

from groat.customers.models import Group


class CustomerChanges(TypedDict, total=False):
    """Any of these, as a person typed them; what is left out stays, an empty text removes."""

    name: str
    identifier: str
    email: str
    phone: str
    language: str
    note: str
    group: Group | None
    """None: in no group."""


class GroupChanges(TypedDict, total=False):
    """Any of these, as a person typed them; what is left out stays."""

    name: str
    note: str
    floor_minor: int | None
