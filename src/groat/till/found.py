"""The till's page about customers without a card: a search, one account, and paying from it."""

from functools import cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from groat.api.limits import Limiter
from groat.cards import actions as cards
from groat.cards.models import Card
from groat.customers.models import Customer
from groat.errors import NotFound, Refusal
from groat.programmes import access, desk
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, Till
from groat.till import actions, asking, finding, shown
from groat.till.models import Checkout, WithoutCard
from groat.till.rules import LookUpTooOften

PER_MINUTE = 20
"""Searches and accounts of one member of staff."""


@cache
def _taken() -> Limiter:
    return Limiter(policy="look_up")


def _throttled(request: HttpRequest) -> Deed:
    """What somebody does who has not looked up too many; raises LookUpTooOften."""
    if not _taken().take(access.staff_of(request).id, per_minute=PER_MINUTE).allowed:
        raise LookUpTooOften
    return access.deed(request)


@require_POST
@never_cache
@access.staff_required(*access.TILL)
def customers(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """Who the text may mean. It comes in the body, so that it stands in no log."""
    row = _till(programme, till)
    try:
        people, has_more = finding.search(till=row, text=request.POST.get("q", ""), deed=_throttled(request))
    except Refusal as refusal:
        return _refused(request, refusal)
    context = {"programme": programme, "till": row, "people": people, "has_more": has_more}
    return render(request, "till/customers.html", context)


@require_POST
@never_cache
@access.staff_required(*access.TILL)
def customer(request: HttpRequest, *, programme: Programme, till: UUID, customer: UUID) -> HttpResponse:
    """One account."""
    row, who = _till(programme, till), Customer.named(programme_id=programme.id, public_id=customer)
    try:
        return _account(request, row, who, _throttled(request))
    except Refusal as refusal:
        return _refused(request, refusal)


@require_POST
@never_cache
@access.staff_required(*access.TILL)
def card_lost(request: HttpRequest, *, programme: Programme, till: UUID, customer: UUID, card: UUID) -> HttpResponse:
    """The customer has lost a card: it pays no more."""
    row, who = _till(programme, till), Customer.named(programme_id=programme.id, public_id=customer)
    lost = Card.named(programme_id=programme.id, public_id=card)
    if lost.customer_id != who.id:
        raise NotFound
    deed = access.deed(request)
    try:
        finding.check(till=row, deed=deed)
        cards.block(card=lost, reason="lost", deed=deed)
        return _account(request, row, who, deed)
    except Refusal as refusal:
        return _refused(request, refusal)


@asking.answers
def pay(request: HttpRequest, till: Till, body: dict[str, Any], customer: UUID) -> dict[str, Any]:
    """The basket that the page shows is paid by this customer, once the cashier has compared them."""
    named = Checkout.named(programme_id=till.programme_id, public_id=asking.text(body, "checkout"))
    checkout = asking.of_till(named, till)
    deed = access.deed(request)
    actions.pay_without_card(
        till=till,
        checkout=checkout,
        customer=Customer.named(programme_id=till.programme_id, public_id=customer),
        why=asking.text(body, "why"),
        key=asking.key(body),
        deed=deed,
    )
    checkout.refresh_from_db()
    return {"checkout": shown.checkout(checkout, staff=access.staff_of(request), now=deed.now)}


def _account(request: HttpRequest, till: Till, who: Customer, deed: Deed) -> HttpResponse:
    account = finding.look(till=till, customer=who, deed=deed)
    context = {"programme": till.programme, "till": till, "account": account, "reasons": WithoutCard.choices}
    return render(request, "till/customer.html", context)


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if isinstance(refusal, NotFound):
        raise refusal
    sentence = desk.worded(refusal, request=request)
    return render(request, "till/customers_refused.html", {"sentence": sentence}, status=desk.REFUSED)


def _till(programme: Programme, public_id: UUID) -> Till:
    row = Till.named(programme_id=programme.id, public_id=public_id)
    row.programme = programme
    return row


urlpatterns = [
    path("<uuid:till>/customers/", customers, name="till_customers"),
    path("<uuid:till>/customers/<uuid:customer>/", customer, name="till_customer"),
    path("<uuid:till>/customers/<uuid:customer>/cards/<uuid:card>/lost/", card_lost, name="till_card_lost"),
    path("<uuid:till>/customers/<uuid:customer>/pay/", pay, name="till_pay_without_card"),
]
