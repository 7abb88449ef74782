"""What a payment costs and whether this card, at this till, may make it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from groat.cards.rules import ALL_SEEN, MOST_PIN_TRIES, PinBlocked, PinNotSet
from groat.catalogue.rules import ANY, ChoiceGroup, vat_of
from groat.catalogue.selling import Selling
from groat.errors import NotFound, Refusal, _
from groat.ledger.core import commands
from groat.ledger.core.values import value
from groat.programmes.rules import TillClosed

CONFIRM_WITHIN = timedelta(minutes=3)
"""How long a payment waits for the cashier to compare the customer before its credits are free again."""


@dataclass(unsafe_hash=True)
class UnknownCard(Refusal):
    code = "card_unknown"
    sentence = _("This card is not known here. Pair it with a customer first.")


@dataclass(unsafe_hash=True)
class CardBlocked(Refusal):
    """Blocked, reported lost, or replaced by another."""

    code = "card_blocked"
    sentence = _("This card is blocked. Ask the customer for another one.")

    state: str


@dataclass(unsafe_hash=True)
class CustomerBlocked(Refusal):
    """The office has blocked the customer; why is between the two of them, and not for the till."""

    code = "customer_blocked"
    sentence = _("This customer is blocked and cannot pay here. Please send them to the office.")


@dataclass(unsafe_hash=True)
class ProductNotSold(Refusal):
    code = "product_not_sold"
    sentence = _("A product of the basket is not sold here any more.")


@dataclass(unsafe_hash=True)
class ChoicesDoNotFit(Refusal):
    """One that must be made is missing, or more were made than go together."""

    code = "choices_do_not_fit"
    sentence = _("“%(product)s”: choose again from “%(group)s”.")

    product: str
    group: str


@dataclass(unsafe_hash=True)
class NothingToPay(Refusal):
    code = "nothing_to_pay"
    sentence = _("There is nothing to pay: the basket is empty or free of charge.")


@dataclass(unsafe_hash=True)
class TooMuch(Refusal):
    code = "amount_too_large"
    sentence = _("This is more than a till can take at once.")


@dataclass(unsafe_hash=True)
class CashNotPart(Refusal):
    """The card has to pay something of it, and cash is not negative."""

    code = "cash_not_part"
    sentence = _("The part in cash must be less than the whole. Without a card, take it all in cash.")


@dataclass(unsafe_hash=True)
class ParkedBasketGone(Refusal):
    """It was taken up, or deleted, perhaps on another device."""

    code = "parked_basket_gone"
    sentence = _("Somebody has taken this basket up already, or deleted it.")


@dataclass(unsafe_hash=True)
class TooManyParked(Refusal):
    code = "too_many_parked"
    sentence = _("%(most)s baskets are put aside at this till. Take one up or delete one first.")

    most: int


@dataclass(unsafe_hash=True)
class LookUpNotAllowed(Refusal):
    code = "look_up_not_allowed"
    sentence = _("You may not look customers up here. Ask a manager.")


@dataclass(unsafe_hash=True)
class LookUpTooShort(Refusal):
    code = "look_up_too_short"
    sentence = _("Type at least three letters or digits of a name, identifier, e-mail or phone.")


@dataclass(unsafe_hash=True)
class LookUpTooOften(Refusal):
    code = "look_up_too_often"
    sentence = _("You have looked up too many customers in a short time. Wait a minute.")


@dataclass(unsafe_hash=True)
class CheckoutClosed(Refusal):
    """It was paid, or abandoned, or another card is being confirmed for it."""

    code = "checkout_closed"
    sentence = _("This basket is no longer waiting for a card.")

    state: str


@dataclass(unsafe_hash=True)
class TillBusy(Refusal):
    code = "till_busy"
    sentence = _("A payment at this till waits to be confirmed. Confirm or cancel it first.")


@dataclass(unsafe_hash=True)
class NothingWaits(Refusal):
    code = "nothing_waits"
    sentence = _("Nothing is waiting for a card at this till.")


@dataclass(unsafe_hash=True)
class UndoTooLate(Refusal):
    code = "undo_too_late"
    sentence = _("It is too late to undo this here. Ask the manager for a refund.")


@dataclass(unsafe_hash=True)
class OnlyWhole(Refusal):
    code = "undo_only_whole"
    sentence = _("A cashier can undo a payment only as a whole. Ask the manager for a part.")


@dataclass(unsafe_hash=True)
class NotPaid(Refusal):
    """There is nothing to give back of a payment that waits or was cancelled."""

    code = "payment_not_paid"
    sentence = _("This payment was not made.")

    state: str


@dataclass(unsafe_hash=True)
class NotWaiting(Refusal):
    code = "payment_not_waiting"
    sentence = _("This payment does not wait for confirmation.")

    state: str


class OrderLine(NamedTuple):
    """So many of a product, with what was chosen of it."""

    product: int
    quantity: int
    choices: tuple[str, ...] = ()
    """Their public ids."""


@value(frozen=True, slots=True)
class Order:
    """A card held to a till, and what it shall pay: lines, or a free amount, or what a checkout asks."""

    programme: int
    client: str
    key: str
    """With the client, names this request: the same again gets the same answer."""
    till: int
    token_hash: bytes
    """Of the card; empty without one."""
    lines: tuple[OrderLine, ...] = ()
    amount_minor: int | None = None
    checkout: int | None = None
    actor: str = ""
    address: str | None = None
    counter: int | None = None
    """The number of the tap, when the card's chip proved it."""
    is_forged: bool = False
    """Whether a chip's tap was pretended."""
    is_late: bool = False
    """Whether a till took the tap while it had no network: then later taps may have come before it."""
    wallet: int | None = None
    """In place of a card: the wallet that staff who may look customers up have named. No token says this."""
    without_card: str = ""
    """Why there is no card, as `models.WithoutCard` names it."""
    is_vouched_for: bool = False
    """Whether a manager answers for it that the card's owner owes this: no chip and no confirmation is asked for."""

    def fingerprint(self) -> bytes:
        """Tells requests under one key apart. Of the card it holds the keyed hash alone."""
        # As plain as can be: it is compared with what was written by the release before.
        lines = tuple(tuple(line) if line.choices else (line.product, line.quantity) for line in self.lines)
        facts: tuple[object, ...] = (self.till, self.token_hash, lines, self.amount_minor, self.checkout)
        if self.counter is not None:
            facts += (self.counter,)
        if self.wallet is not None:
            facts += ("wallet", self.wallet, self.without_card)
        return blake2b(repr(facts).encode(), digest_size=16).digest()


@value(frozen=True, slots=True)
class CardFacts:
    """A card, or in place of one the wallet of a customer who has none with them."""

    id: int | None
    state: str
    """Its own, or `owner_blocked` when it is active and its owner is blocked."""
    wallet: int
    customer: int
    last_four: str
    medium: str = "uid"
    counter: int | None = None
    """Of a chip: the highest number of its taps."""
    seen_taps: int = ALL_SEEN
    """Of a chip: which of its last taps have come (`groat.cards.rules.counted`)."""
    pin_tries: int | None = None
    """How often its PIN was tried since it was last right; None when it has none."""

    @property
    def pin_tries_left(self) -> int | None:
        """How often its PIN may be tried; None when it has none."""
        return None if self.pin_tries is None else MOST_PIN_TRIES - self.pin_tries


@value(frozen=True, slots=True)
class TillFacts:
    programme: int
    name: str
    closed: bool
    confirm_from_minor: int | None
    confirm_copyable_from_minor: int | None
    confirm_by: str = "cashier"
    vat_rate: int | None = None
    """Of the programme, in basis points; None when it charges no VAT."""
    time_zone: str = "UTC"
    site: int = 0
    categories: frozenset[int] | None = None
    """Of what it sells; None: of all."""

    def confirms(self, amount_minor: int, *, medium: str) -> bool:
        """Whether somebody must vouch for it that who pays so much with a card of this kind may."""
        limits = [self.confirm_from_minor, None if medium == "chip" else self.confirm_copyable_from_minor]
        return any(limit is not None and amount_minor >= limit for limit in limits)


@value(frozen=True, slots=True)
class ProductFacts:
    programme: int
    name: str
    price_minor: int
    sold: bool
    public_id: UUID
    groups: tuple[ChoiceGroup, ...] = ()
    """What it leaves to choose."""
    vat_rate: int | None = None
    """Its own, in basis points; None: as the programme has it."""
    selling: Selling = Selling()
    category: int = 0


@dataclass(slots=True)
class CheckoutFacts:
    programme: int
    till: int
    state: str
    lines: list[dict[str, Any]]
    amount_minor: int
    cash_minor: int
    no_debt: bool = False
    """Whether whoever opened it may not let a payment go into debt."""


@dataclass(slots=True)
class Facts:
    """What the database says about a batch of orders."""

    answered: dict[tuple[int, str, str], tuple[bytes, str]] = field(default_factory=dict)
    """By programme, client and key: fingerprint and stored outcome."""
    cards: dict[tuple[int, bytes], CardFacts] = field(default_factory=dict)
    wallets: dict[tuple[int, int], CardFacts] = field(default_factory=dict)
    """Those that are named in place of a card."""
    tills: dict[int, TillFacts] = field(default_factory=dict)
    products: dict[int, ProductFacts] = field(default_factory=dict)
    checkouts: dict[int, CheckoutFacts] = field(default_factory=dict)


@value(frozen=True, slots=True)
class Charge:
    """What a card has to pay, priced."""

    card: CardFacts
    lines: list[dict[str, Any]]
    amount_minor: int
    confirm: bool
    """Whether the cashier must compare the customer, or the customer type the PIN, first."""
    cash_minor: int = 0
    """What of the lines is paid in cash: they sum to it and the amount."""
    no_debt: bool = False
    """Whether it may take no more than the wallet has, whatever its floor allows."""

    def command(self, *, actor: str, now: datetime) -> commands.Spend | commands.PlaceHold:
        """What the book is asked to do."""
        if self.confirm:
            return commands.PlaceHold(self.card.wallet, self.amount_minor, now + CONFIRM_WITHIN, actor, self.no_debt)
        return commands.Spend(self.card.wallet, self.amount_minor, actor, self.no_debt)


def charge(order: Order, facts: Facts, *, now: datetime) -> Charge:
    """Price the order and check the card and the till; raises the refusal."""
    till = facts.tills.get(order.till)
    if till is None or till.programme != order.programme:
        raise NotFound
    if till.closed:
        raise TillClosed(till=till.name)
    lines, amount, cash = _basket(order, facts, till, now)
    checkout = None if order.checkout is None else facts.checkouts[order.checkout]
    no_debt = checkout is not None and checkout.no_debt
    if order.wallet is not None:
        # Whatever is asked of cards: somebody must look who it is that pays.
        named = facts.wallets.get((order.programme, order.wallet))
        if named is None:
            raise NotFound
        _check_owner(named)
        return Charge(named, lines, amount, True, cash, no_debt)
    card = facts.cards.get((order.programme, order.token_hash))
    if card is None:
        raise UnknownCard
    _check_owner(card)
    if card.state != "active":
        raise CardBlocked(state=card.state)
    confirms = not order.is_vouched_for and till.confirms(amount, medium=card.medium)
    if confirms and till.confirm_by == "pin" and not card.pin_tries_left:
        raise PinNotSet if card.pin_tries_left is None else PinBlocked
    return Charge(card, lines, amount, confirms, cash, no_debt)


def _check_owner(card: CardFacts) -> None:
    if card.state == "owner_blocked":
        raise CustomerBlocked


def _basket(order: Order, facts: Facts, till: TillFacts, now: datetime) -> tuple[list[dict[str, Any]], int, int]:
    """The lines, and what of them is paid in credits and in cash."""
    if order.checkout is not None:
        checkout = facts.checkouts.get(order.checkout)
        if checkout is None or checkout.programme != order.programme or checkout.till != order.till:
            raise CheckoutClosed(state="abandoned")
        if checkout.state not in {"waiting", "declined"}:
            raise CheckoutClosed(state=checkout.state)
        return checkout.lines, checkout.amount_minor - checkout.cash_minor, checkout.cash_minor
    lines, amount = priced(
        till=till, lines=order.lines, amount_minor=order.amount_minor, products=facts.products, now=now
    )
    return lines, amount, 0


def may_look_up(*, role: str | None, cashiers_may: bool) -> bool:
    """Whether somebody at a till may find a customer without a card. An integrator's key has no role, and may not."""
    return role in {"owner", "manager"} or (role == "cashier" and cashiers_may)


def masked(identifier: str, *, others: Iterable[str] = ()) -> str:
    """As little of an identifier as tells it from `others`, those of people of the same name: its end."""
    different = [one for one in others if one != identifier]
    fewest = max(1, min(2, len(identifier) - 1))
    lengths = range(fewest, len(identifier) + 1)
    ends = (identifier[-shown:] for shown in lengths)
    end = next((end for end in ends if not any(one.endswith(end) for one in different)), identifier)
    return f"····{end}" if end else ""


def checked_cash(cash_minor: int, *, amount_minor: int) -> int:
    """The part of an amount that is paid in cash; raises CashNotPart when nothing is left for a card."""
    if not 0 <= cash_minor < amount_minor:
        raise CashNotPart
    return cash_minor


def cash_back(*, cash_minor: int, amount_minor: int, refunded_minor: int) -> int:
    """What is handed back in cash by the refund after which so much of a payment's credits is given back.

    The last credits take the cash with them: until then the customer keeps a part of what was bought.
    """
    return cash_minor if refunded_minor == amount_minor else 0


def priced(
    *,
    till: TillFacts,
    lines: tuple[OrderLine, ...],
    amount_minor: int | None,
    products: dict[int, ProductFacts],
    now: datetime,
) -> tuple[list[dict[str, Any]], int]:
    """The lines as they stand on a payment, with the prices of now, and their sum in minor units."""
    if amount_minor is not None:
        lines_priced = [free_line(amount_minor, vat_rate=till.vat_rate)]
    else:
        lines_priced = []
        for line in lines:
            product = products.get(line.product)
            if product is None or product.programme != till.programme:
                raise ProductNotSold
            lines_priced.append(product_line(product, line, till=till, now=now))
    total = sum(line["amount_minor"] for line in lines_priced)
    if total <= 0:
        raise NothingToPay
    if total > commands.MOST_MINOR:
        raise TooMuch
    return lines_priced, total


def product_line(product: ProductFacts, line: OrderLine, *, till: TillFacts, now: datetime) -> dict[str, Any]:
    """A line as it stands on a payment at this till, at the price of now.

    Raises ProductNotSold, SoldOut, OutOfHours, ChoicesDoNotFit.
    """
    selling = product.selling
    is_here = selling.is_sold_at(till.site) and (till.categories is None or product.category in till.categories)
    if not product.sold or not is_here:
        raise ProductNotSold
    if objection := selling.objection(product.name, now, time_zone=till.time_zone):
        raise objection
    product_minor = selling.price_at(now, before_minor=product.price_minor)
    vat_rate = vat_of(own=product.vat_rate, usual=till.vat_rate)
    if not product.groups and not line.choices:
        return _line(product.public_id, product.name, line.quantity, product_minor, vat_rate)
    chosen = _chosen(product, line.choices)
    # A choice may be cheaper than what it stands for, but nobody is paid for taking it.
    price_minor = max(0, product_minor + sum(choice["price_minor"] for choice in chosen))
    priced_line = _line(product.public_id, product.name, line.quantity, price_minor, vat_rate)
    return priced_line | {"choices": chosen} if chosen else priced_line


def _chosen(product: ProductFacts, choices: tuple[str, ...]) -> list[dict[str, Any]]:
    """What was chosen, in the product's order, as it stands on a payment."""
    asked = set(choices)
    chosen = []
    for group in product.groups:
        picked = [choice for choice in group.sold if choice.id in asked]
        if (group.must_choose and not picked) or (len(picked) > 1 and group.pick != ANY):
            raise ChoicesDoNotFit(product.name, group.name)
        chosen += [{"id": one.id, "name": one.name, "price_minor": one.price_minor} for one in picked]
    # One that is not the product's, is sold no more, or was asked for twice.
    if len(chosen) != len(choices):
        raise ProductNotSold
    return chosen


def free_line(amount_minor: int, *, vat_rate: int | None) -> dict[str, Any]:
    """The line of an amount that was typed, in minor units, which contains so many basis points of VAT."""
    return _line(None, "", 1, amount_minor, vat_rate)


def _line(product: UUID | None, name: str, quantity: int, price_minor: int, vat_rate: int | None) -> dict[str, Any]:
    line: dict[str, Any] = {
        "product": None if product is None else str(product),
        "name": name,
        "quantity": quantity,
        "price_minor": price_minor,
        "amount_minor": price_minor * quantity,
    }
    return line if vat_rate is None else line | {"vat": vat_rate}
