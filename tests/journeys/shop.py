"""The shop in which the journeys play, as a visitor knows it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with a card."""

    name: str
    identifier: str
    token: str
    card: str
    customer: str
    wallet: str

    @property
    def first_name(self) -> str:
        return self.name.split()[0]


@dataclass(frozen=True, slots=True)
class Shop:
    """A running programme, as a visitor knows it."""

    url: str
    programme: str
    api_key: str
    passwords: dict[str, str]
    """By e-mail; e-mails are `<role>@harbour.example`."""
    tills: list[tuple[str, str]]
    """Names and ids."""
    people: list[Person]
    own_card: str
    """The number of the cashier's own card."""
    quay: tuple[str, str, Person]
    """Another programme, which wants a PIN for so much: its address, its till, and a customer."""
    mail_port: int
    """Where its letters would be taken."""
    environment: dict[str, str]
    """In which its commands are run."""

    @classmethod
    def told(cls, url: str, told: dict[str, Any], **beside: Any) -> "Shop":
        people = [Person(**person) for person in told.pop("people")]
        slug, till, person = told.pop("quay")
        return cls(url=url, people=people, quay=(slug, till, Person(**person)), **told, **beside)
