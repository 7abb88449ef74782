"""The office as somebody of the staff uses it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from groat.customers.models import Customer, Wallet
from groat.customers.queries import wallet_of
from groat.ledger import queries as ledger
from groat.ledger.queries import Standing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Role, Staff, Till
from groat.till import actions as till_actions
from groat.till.models import Payment
from tests import factories

type Answer = Any
"""A response as Django's test client decorates it: with the context, the request …"""


@dataclass
class Office:
    """A programme, and somebody of its staff at its office's pages (in English)."""

    programme: Programme = field(default_factory=factories.a_programme)
    role: str = Role.MANAGER

    def __post_init__(self) -> None:
        self.staff: Staff = factories.some_staff(self.role, programme=self.programme, name="Marta Manager")
        self.client = signed_in(self.staff)

    def url(self, name: str, /, **of: Any) -> str:
        """The address of a page; rows stand for their public ids."""
        ids = {key: getattr(row, "public_id", row) for key, row in of.items()}
        return reverse(name, kwargs={"programme": self.programme.slug, **ids})

    def get(self, name: str, query: dict[str, Any] | None = None, /, *, fragment: str = "", **of: Any) -> Answer:
        """A page, or as htmx asks for it: what stands in the element of this id."""
        headers = {"HX-Request": "true", "HX-Target": fragment} if fragment else {}
        response: Answer = self.client.get(self.url(name, **of), query or {}, headers=headers)
        return response

    def post(
        self, name: str, typed: dict[str, Any] | None = None, /, *, query: str = "", key: str = "", **of: Any
    ) -> Answer:
        """Send a form. Like the page, it brings a key of its own, unless it is sent twice on purpose."""
        body = {"request_key": key or str(uuid4())} | (typed or {})
        response: Answer = self.client.post(self.url(name, **of) + query, body)
        return response

    def standing(self, customer: Customer) -> Standing:
        """Where the customer's wallet stands now."""
        return ledger.balance(programme_id=self.programme.id, wallet=wallet_of(customer).id, now=timezone.now())

    def balance(self, customer: Customer) -> int:
        """The customer's balance in minor units."""
        return self.standing(customer).posted_minor

    def a_customer(self, *, credit_minor: int = 0, **given: Any) -> Customer:
        """A customer of the programme, with so much credit that does not expire."""
        customer = factories.a_customer(programme=self.programme, **given)
        if credit_minor:
            factories.funded(wallet_of(customer), credit_minor)
        return customer

    def a_payment(self, customer: Customer, *, till: Till | None = None, amount_minor: int = 0) -> Payment:
        """Something that the customer just paid by a new card: an espresso for 45,00, or a free amount."""
        card_token = factories.a_token()
        factories.a_card(wallet=wallet_of(customer), token=card_token)
        return paid(
            wallet=wallet_of(customer),
            token=card_token,
            till=till or factories.a_till(programme=self.programme),
            amount_minor=amount_minor,
        )


def paid(*, wallet: Wallet, token: str, till: Till, amount_minor: int = 0) -> Payment:
    """A payment taken now by the system itself."""
    deed = factories.a_deed(now=timezone.now())
    lines = []
    if not amount_minor:
        category = factories.a_category(programme=wallet.programme)
        lines = [(factories.a_product(category=category).id, 1)]
    order = till_actions.order(
        programme_id=wallet.programme_id,
        till=till,
        token=token,
        key=str(uuid4()),
        lines=lines,
        amount_minor=amount_minor or None,
        actor=deed.actor,
    )
    outcome = till_actions.take_payment(order=order, deed=deed)
    assert outcome.payment is not None, outcome.refusal
    return Payment.named(programme_id=wallet.programme_id, public_id=outcome.payment["id"])


def signed_in(staff: Staff) -> Client:
    """A browser in which somebody is signed in, who reads English."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(staff.user)
    return client


def a_photograph(colour: str = "peru") -> SimpleUploadedFile:
    """A picture as a telephone would send it."""
    out = BytesIO()
    Image.new("RGB", (800, 600), colour).save(out, "JPEG")
    return SimpleUploadedFile("photo.jpg", out.getvalue(), "image/jpeg")


def just_now(by: Staff | None = None) -> Deed:
    """What somebody does now, by the clock that the pages read."""
    return factories.a_deed(by=by, now=timezone.now())


def text(response: Answer) -> str:
    """What the answer says, without line breaks and typographic spaces."""
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def queries_of(ask: Callable[[], Answer]) -> int:
    """How many queries a page takes, once the session is there."""
    ask()
    with CaptureQueriesContext(connection) as captured:
        response = ask()
    assert response.status_code == 200, response.status_code
    return len(captured)


def toasts(response: Answer) -> list[str]:
    """The news that the next page will show."""
    told = response.wsgi_request._messages
    return [str(message).replace("\N{NO-BREAK SPACE}", " ") for message in told]
