"""What is done to open a programme and to set it up for its first payment."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, TypedDict, Unpack

from django.db import transaction

from groat.cards import writing as cards
from groat.cards.models import Card
from groat.catalogue.models import Category, Product
from groat.customers import writing as people
from groat.ledger.core.commands import MOST_MINOR
from groat.openings import queries, rules
from groat.openings.models import OpeningCode
from groat.programmes import audit, founding, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme, User
from groat.programmes.rules import InvalidAmount
from groat.topups import writing as selling
from groat.topups.models import Means
from groat.topups.offers import Channel
from groat.web.swatches import SWATCHES


@transaction.atomic
def issue_code(*, random: bytes, lasts: timedelta = rules.CODE_LASTS, replaces_others: bool = False, deed: Deed) -> str:
    """A code that lets one person open one programme, told this once. `random` is at least eight bytes of chance."""
    if replaces_others:
        OpeningCode.objects.filter(user=None, programme=None).delete()
    code = rules.spoken(random)
    row = OpeningCode(id=deed.mint(), code_hash=queries.hash_of(code), expires_at=deed.now + lasts)
    row.save(force_insert=True)
    audit.write(programme_id=None, deed=deed, action="opening_code.issued", subject=row, subject_name="")
    return code


@transaction.atomic
def make_login(*, code: str, name: str, email: str, password: str, deed: Deed) -> User:
    """A login for whoever holds a good code, which is theirs from now on.

    Refusals: CodeNotGood, HasLogin, WeakPassword, InvalidValue.
    """
    row = _good(code, deed)
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise rules.HasLogin(email.strip())
    user = founding.new_person(email=email, name=name, password=password, deed=deed)
    _give(row, user, deed)
    return user


@transaction.atomic
def claim(*, code: str, user: User, deed: Deed) -> User:
    """Make a good code the user's own. Refusal: CodeNotGood."""
    _give(_good(code, deed), user, deed)
    return user


class Opened(TypedDict):
    """What a programme is opened with; the units stand in `groat.programmes.models.Programme`."""

    name: str
    credit_name: str
    credit_decimals: int
    currency: str
    price_minor: int
    time_zone: str
    language: str


@transaction.atomic
def open_programme(*, user: User, deed: Deed, **opened: Unpack[Opened]) -> Programme:
    """Open a programme of one's own, at an address made of its name.

    Refusals: MayNotOpen, AddressTaken when somebody took it at this moment, InvalidValue.
    """
    # Whoever asks twice at once asks one after the other, and the second finds the code used.
    User.objects.select_for_update().get(pk=user.pk)
    if not queries.may_open(user):
        raise rules.MayNotOpen
    programme = founding.found(owner=user, slug=_free_address(opened["name"]), deed=deed, **opened)
    code = queries.held_by(user)
    if code is not None:
        code.programme = programme
        code.save(update_fields=["programme"])
    return programme


class Item(NamedTuple):
    """Something to be put on sale, its price in minor units of credit."""

    name: str
    price_minor: int
    category: str
    swatch: str = ""


@transaction.atomic
def stock(*, programme: Programme, items: Sequence[Item], deed: Deed) -> Programme:
    """Put products on sale, with the categories that they need. What is on sale by that name already stays as it is.

    Refusals: TooManyItems, InvalidAmount, InvalidValue.
    """
    if len(items) > rules.MOST_ITEMS:
        raise rules.TooManyItems(rules.MOST_ITEMS)
    # Two who stock at once go one after the other.
    Programme.objects.select_for_update().get(pk=programme.pk)
    categories = _categories(programme, items, deed)
    known = Product.objects.filter(programme=programme).values_list("category_id", "name")
    seen = {(category, name.casefold()) for category, name in known}
    position = len(seen)
    products: list[Product] = []
    for item in items:
        category = categories[item.category.strip().casefold()]
        name = item.name.strip()
        if (category.id, name.casefold()) in seen:
            continue
        seen.add((category.id, name.casefold()))
        products.append(_product(programme, category, item, position + len(products), deed))
    Product.objects.bulk_create(products)
    if products:
        audit.write(
            programme_id=programme.id,
            deed=deed,
            action="products.stocked",
            subject=programme,
            subject_name=programme.name,
            details={"count": len(products)},
        )
    return programme


@transaction.atomic
def first_card(*, programme: Programme, name: str, email: str, deposit_minor: int, token: str, deed: Deed) -> Card:
    """A customer with a card and, unless it is 0, a first deposit for cash, in minor units of credit: all or nothing.

    Refusals: those of opening a customer, of selling credits and of pairing a card.
    """
    _customer, wallet = people.open_customer(programme=programme, name=name, email=email, deed=deed)
    if deposit_minor:
        selling.top_up(
            wallet=wallet,
            bought=deposit_minor,
            means=Means.CASH,
            till=None,
            channel=Channel.OFFICE,
            expires_at=selling.DEFAULT,
            deed=deed,
        )
    return cards.pair(wallet=wallet, token=token, replaces=None, deed=deed)


def _good(code: str, deed: Deed) -> OpeningCode:
    row = queries.good_code(code, now=deed.now)
    if row is None:
        raise rules.CodeNotGood
    locked = OpeningCode.objects.select_for_update().get(pk=row.pk)
    if locked.user_id is not None:
        raise rules.CodeNotGood
    return locked


def _give(row: OpeningCode, user: User, deed: Deed) -> None:
    row.user = user
    row.save(update_fields=["user"])
    audit.write(programme_id=None, deed=deed, action="opening_code.claimed", subject=user, subject_name=user.name)


def _free_address(name: str) -> str:
    wanted = rules.address_for(name)
    taken = set(Programme.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(slug for slug in numbered if slug not in taken)


def _categories(programme: Programme, items: Sequence[Item], deed: Deed) -> dict[str, Category]:
    """The categories that the items name, by their names without case; new ones behind those that there are."""
    there = {row.name.casefold(): row for row in Category.objects.filter(programme=programme)}
    made = []
    for item in items:
        name = item.category.strip()
        if name.casefold() not in there:
            row = Category(id=deed.mint(), programme=programme, name=name, position=len(there))
            there[name.casefold()] = writing.checked(row)
            made.append(row)
    Category.objects.bulk_create(made)
    return there


def _product(programme: Programme, category: Category, item: Item, position: int, deed: Deed) -> Product:
    if not 0 <= item.price_minor <= MOST_MINOR:
        raise InvalidAmount
    names = list(SWATCHES)
    # Those of one category look alike, and other than their neighbours.
    swatch = item.swatch if item.swatch in names else names[category.position % len(names)]
    product = Product(
        id=deed.mint(),
        programme=programme,
        category=category,
        name=item.name.strip(),
        price_minor=item.price_minor,
        swatch=swatch,
        position=position,
    )
    return writing.checked(product)
