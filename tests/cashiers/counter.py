"""A shared till in a browser, and who stands at it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from groat.cashiers import actions
from groat.cashiers.models import SharedTill
from groat.programmes.models import Programme, Role, Staff, Till
from tests import factories
from tests.factories import a_deed

PIN, OTHER_PIN, WRONG_PIN = "4821", "90357", "1739"


@dataclass
class Counter:
    """A till that was shared in a browser; Klára and Marta (a manager) have a PIN, and nobody is in."""

    programme: Programme = field(default_factory=factories.a_programme)

    def __post_init__(self) -> None:
        self.till: Till = factories.a_till(programme=self.programme)
        self.klara = self.somebody("Klára Malá", PIN)
        self.marta = self.somebody("Marta Velká", OTHER_PIN, role=Role.MANAGER)
        self.client = Client(headers={"Accept-Language": "en", "User-Agent": "Chrome/140 Windows"})
        self.client.force_login(self.marta.user)
        self.shared_answer = self.client.post(self.url("till_share"))

    def somebody(self, name: str, pin: str = "", *, role: str = Role.CASHIER) -> Staff:
        staff = factories.some_staff(role, programme=self.programme, name=name)
        if pin:
            actions.set_pin(staff=staff, pin=pin, deed=a_deed(now=timezone.now()))
        return staff

    def url(self, name: str, **of: Any) -> str:
        named = {"programme": self.programme.slug, "till": self.till.public_id}
        return reverse(name, kwargs=named | {key: getattr(row, "public_id", row) for key, row in of.items()})

    @property
    def row(self) -> SharedTill:
        return SharedTill.objects.get()

    def ask(self, name: str, body: dict[str, Any], **of: Any) -> Any:
        return self.client.post(self.url(name, **of), body, content_type="application/json")

    def enter(self, staff: Staff, pin: str) -> str:
        """ "in", or the code of the refusal."""
        return told(self.ask("till_enter", {"staff": str(staff.public_id), "pin": pin}))

    def hold(self, token: str) -> str:
        """Hold a card to a reader of the lock: the same."""
        return told(self.ask("till_enter", {"token": token}))

    def own_card(self, staff: Staff) -> tuple[Any, str]:
        """A card of the programme that is now this person's own, and its number."""
        token = factories.a_token()
        card = factories.a_card(wallet=factories.a_wallet(programme=self.programme), token=token)
        actions.name_card(staff=staff, card=card, deed=a_deed(now=timezone.now()))
        return card, token

    def is_open(self) -> bool:
        """Whether the till answers, and not the lock."""
        answer = self.client.get(self.url("till_state"))
        assert answer.status_code in {200, 302}
        return answer.status_code == 200

    def opened(self) -> dict[str, Any]:
        """A basket that waits."""
        answer = self.ask("till_checkouts", {"key": str(uuid4()), "amount_minor": 1000})
        checkout: dict[str, Any] = answer.json()["checkout"]
        return checkout

    def paid(self, *, undo_minor: int = 10_000) -> dict[str, Any]:
        """A payment that was just made by somebody's card."""
        wallet, token = factories.a_wallet(programme=self.programme), factories.a_token()
        factories.a_card(wallet=wallet, token=token)
        factories.funded(wallet, undo_minor, now=timezone.now())
        body = {"key": str(uuid4()), "token": token, "checkout": self.opened()["id"]}
        payment: dict[str, Any] = self.ask("till_present", body).json()["checkout"]["payment"]
        return payment

    def untouched_since(self, then: datetime) -> None:
        SharedTill.objects.update(active_at=then)


def told(answer: Any) -> str:
    return "in" if answer.status_code == 200 else str(answer.json()["code"])
