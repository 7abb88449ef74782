"""What some rows of a file mean, and making it so. Everything here is set-based, and writes demand a transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import translation
from django.utils.translation import gettext

from groat.customers import import_rules as rules
from groat.customers import rules as people_rules
from groat.customers import writing as people
from groat.customers.models import Customer, Group, PastMovement, Wallet
from groat.errors import Refusal
from groat.ledger import book
from groat.ledger.core import commands
from groat.ledger.core.lots import Origin
from groat.ledger.models import Balance
from groat.programmes import days, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme

PERSON = ("name", "identifier", "email", "phone", "language", "note")


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is refused, the column that is to blame, and why."""

    row: int
    column: str
    refusal: Refusal


@dataclass(slots=True)
class Outcome:
    """What became of some rows."""

    made: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class Planned:
    """One customer, as the rows make them."""

    customer: Customer
    wallet: Wallet
    row: int
    is_new: bool
    fields: set[str] = field(default_factory=set)
    """Of a customer who was here: what changes."""
    floor_minor: int | None = None
    """A minimum balance of their own, if the row tells one."""
    opening_minor: int | None = None
    expires_at: datetime | None = None

    @property
    def does_something(self) -> bool:
        """Whether anything is to be written."""
        return self.is_new or bool(self.fields) or self.floor_minor is not None or self.opening_minor is not None


class Known(Protocol):
    """Somebody whom rows may mean."""

    @property
    def pk(self) -> Any: ...
    @property
    def name(self) -> Any: ...
    @property
    def identifier(self) -> Any: ...
    @property
    def email(self) -> Any: ...
    @property
    def phone(self) -> Any: ...


class People[K: Known]:
    """The programme's customers whom some rows may mean, by what they are known by; a few queries for all rows.

    `read` says how to read those of a queryset.
    """

    def __init__(
        self,
        programme_id: int,
        rows: Iterable[Mapping[str, str]],
        phones: Callable[[str], str],
        read: Callable[[QuerySet[Customer]], Iterable[K]],
    ) -> None:
        self._phones = phones
        self.keys: set[int] = set()
        self._by: dict[str, dict[str, list[K]]] = {name: defaultdict(list) for name in rules.IDENTITY}
        sought: dict[str, set[str]] = {name: set() for name in rules.IDENTITY}
        for cells in rows:
            for name, value in self._known_by(cells):
                sought[name].add(value)
        every = Customer.objects.filter(programme_id=programme_id)
        names: set[int] = set(every.filter(identifier__in=sought["identifier"]).values_list("pk", flat=True))
        mails = every.annotate(mail=Lower("email")).filter(mail__in=sought["email"]).exclude(email="")
        names |= set(mails.values_list("pk", flat=True))
        names |= set(every.filter(phone__in=sought["phone"]).values_list("pk", flat=True))
        for customer in read(every.filter(pk__in=names).order_by("pk")):
            self.add(customer)

    def add(self, customer: K) -> None:
        """Know one more."""
        self.keys.add(customer.pk)
        for name, value in (
            ("identifier", customer.identifier),
            ("email", customer.email.lower()),
            ("phone", customer.phone),
        ):
            if value:
                self._by[name][value].append(customer)

    def _known_by(self, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for name in rules.IDENTITY:
            if value := cells.get(name, ""):
                yield name, self._phones(value) if name == "phone" else value.lower() if name == "email" else value

    def meant(self, cells: Mapping[str, str], *, name: str = "") -> K | None:
        """Whom a row means: the identifier decides; without one the e-mail, and then the phone, of who has the `name`.

        Families share an e-mail: so it is only together with the name that it says who somebody is. None when nobody
        is known so. Refusals: NobodyNamed, SeveralFound.
        """
        known = list(self._known_by(cells))
        if not known:
            raise rules.NobodyNamed
        for by, value in known:
            found = self._by[by].get(value, [])
            if by != "identifier":
                identifier = cells.get("identifier", "")
                found = [
                    one
                    for one in found
                    if (not name or people_rules.folded(one.name) == people_rules.folded(name))
                    and (not identifier or not one.identifier)
                ]
            if len({one.pk for one in found}) > 1:
                raise rules.SeveralFound
            if found:
                return found[0]
        return None


@contextmanager
def blamed(row: int, column: str, faults: list[Fault]) -> Iterator[None]:
    """Note a refusal as the row's fault, at the field that it is about."""
    try:
        yield
    except Refusal as refusal:
        faults.append(
            Fault(row, _COLUMN.get(refusal.code) or getattr(refusal, "field", "") or _named(refusal) or column, refusal)
        )


_COLUMN = {
    "phone_invalid": "phone",
    "customer_needs_name": "name",
    "customer_needs_contact": "email",
    "no_such_group": "group",
    "group_withdrawn": "group",
    "opening_below_floor": "opening",
    "opening_differs": "opening",
    "expiry_in_the_past": "expires_on",
}


def _named(refusal: Refusal) -> str:
    return refusal.column if isinstance(refusal, rules.CellUnreadable) else ""


# ---- Customers ----


class CustomerRows:
    """Reads rows of customers for one programme."""

    def __init__(self, programme: Programme, deed: Deed, groups: Mapping[int, Group]) -> None:
        self._programme, self._deed = programme, deed
        self._floors: dict[int, int | None] = {}
        self._groups = {people_rules.folded(group.name): group for group in groups.values()}
        self._region = people_rules.region(
            time_zone=programme.time_zone, currency=programme.currency, language=programme.language
        )

    def phone(self, text: str) -> str:
        """E.164, or the text as it is when it is no number: that is refused later, at its row."""
        try:
            return people_rules.normalised_phone(text, self._region)
        except people_rules.InvalidPhone:
            return text

    def plan(self, rows: list[tuple[int, dict[str, str]]]) -> tuple[list[Planned], Outcome]:
        """What is to be done for these rows, in their order."""
        outcome, planned = Outcome(), dict[int, Planned]()
        # Locked in ascending order, and read when locked.
        known = People(
            self._programme.id, [cells for _, cells in rows], self.phone, lambda all_: all_.select_for_update()
        )
        wallets = self._wallets(known)
        if any(cells.get("floor") for _, cells in rows):
            names = [wallet.pk for wallet in wallets.values()]
            balances = Balance.objects.filter(programme=self._programme.id, account__in=names)
            self._floors = dict(balances.values_list("account", "floor_minor"))
        for number, cells in rows:
            with blamed(number, "", outcome.faults):
                name = rules.name_of(cells)
                customer = known.meant(cells, name=name)
                if customer is None:
                    one = self._new(number, cells)
                    known.add(one.customer)
                    planned[one.customer.pk] = one
                    outcome.made += 1
                    continue
                before = planned.get(customer.pk)
                one = self._known(number, cells, customer, before.wallet if before else wallets[customer.pk])
                if before is not None:
                    one = _joined(before, one)
                    outcome.unchanged += 1
                elif one.does_something:
                    outcome.changed += 1
                else:
                    outcome.unchanged += 1
                planned[customer.pk] = one
        return [one for one in planned.values() if one.does_something], outcome

    def _wallets(self, known: People[Customer]) -> dict[int, Wallet]:
        wallets = Wallet.objects.filter(owner_id__in=known.keys).order_by("pk").select_for_update()
        return {wallet.owner_id: wallet for wallet in wallets}

    def _new(self, number: int, cells: Mapping[str, str]) -> Planned:
        deed, programme = self._deed, self._programme
        told = {name: cells.get(name, "") for name in PERSON} | {"name": rules.name_of(cells)}
        customer = Customer(id=deed.mint(), programme=programme, group=self._group(cells), created_at=deed.now)
        for name, value in people.as_kept(programme, **told).items():
            setattr(customer, name, value)
        _check_language(customer.language)
        writing.checked(customer, only=PERSON)
        wallet = Wallet(id=deed.mint(), programme=programme, owner=customer, created_at=deed.now)
        one = Planned(customer, wallet, number, is_new=True)
        self._money(one, cells)
        if one.opening_minor is not None and one.opening_minor < self._floor_of(one):
            raise rules.BelowFloor
        return one

    def _known(self, number: int, cells: Mapping[str, str], customer: Customer, wallet: Wallet) -> Planned:
        """An empty cell leaves what is there."""
        now = {name: getattr(customer, name) for name in PERSON}
        told = {name: cells[name] for name in PERSON if cells.get(name)}
        if name := rules.name_of(cells):
            told["name"] = name
        fields = people.as_kept(self._programme, **now | told)
        _check_language(fields["language"])
        changed = {name for name, value in fields.items() if getattr(customer, name) != value}
        before = {name: getattr(customer, name) for name in changed}
        for name in changed:
            setattr(customer, name, fields[name])
        try:
            if changed:
                writing.checked(customer, only=PERSON)
            one = Planned(customer, wallet, number, is_new=False, fields=changed)
            group = self._group(cells)
            self._money(one, cells)
        except Refusal:
            for name, value in before.items():
                setattr(customer, name, value)
            raise
        if group is not None and group.pk != customer.group_id:
            customer.group = group
            one.fields.add("group")
        return one

    def _group(self, cells: Mapping[str, str]) -> Group | None:
        name = cells.get("group", "")
        if not name:
            return None
        group = self._groups.get(people_rules.folded(name))
        if group is None:
            raise rules.NoSuchGroup(name[:120])
        return people.joinable(self._programme, group)

    def _money(self, one: Planned, cells: Mapping[str, str]) -> None:
        programme = self._programme
        floor_minor = _amount(programme, cells, "floor")
        opening_minor = _amount(programme, cells, "opening")
        zone = ZoneInfo(programme.time_zone)
        expires_on = rules.moment_of(cells, "expires_on", zone=zone)
        if floor_minor is not None:
            floor_minor = -abs(floor_minor)
            with writing.sensible_amounts():
                commands.SetFloor(0, floor_minor)
            if one.is_new or not one.wallet.has_own_floor or floor_minor != self._floors.get(one.wallet.pk):
                one.floor_minor = floor_minor
        if opening_minor is not None and one.wallet.opening_minor not in {None, opening_minor}:
            raise rules.OpeningDiffers
        if opening_minor is not None and one.wallet.opening_minor is None:
            one.opening_minor = opening_minor
            if expires_on is not None and opening_minor > 0:
                day = expires_on.astimezone(zone).date()
                one.expires_at = days.end_of(day, time_zone=programme.time_zone)
                if one.expires_at <= self._deed.now:
                    # Nothing that is gone already is brought along.
                    raise rules.CellUnreadable(cells["expires_on"][:60], "expires_on")

    def _floor_of(self, one: Planned) -> int:
        return one.floor_minor if one.floor_minor is not None else people_rules.floor_of(one.customer.group)


def _amount(programme: Programme, cells: Mapping[str, str], field: str) -> int | None:
    return rules.amount_of(
        cells, field, decimals=programme.credit_decimals, language=programme.language, unit=programme.credit_name
    )


def _joined(before: Planned, after: Planned) -> Planned:
    """Two rows about one customer: the later one adds to the earlier one."""
    before.fields |= after.fields
    before.floor_minor = after.floor_minor if after.floor_minor is not None else before.floor_minor
    return before


def _check_language(language: str) -> None:
    if language not in people.LANGUAGES:
        raise rules.CellUnreadable(language[:60], "language")


def write_customers(programme: Programme, planned: list[Planned], deed: Deed) -> list[Fault]:
    """Make and change these customers, and book what they bring along; returns those whom the book refused."""
    new, known = [one for one in planned if one.is_new], [one for one in planned if not one.is_new]
    for one in planned:
        one.wallet.has_own_floor = one.wallet.has_own_floor or one.floor_minor is not None
        one.wallet.opening_minor = one.wallet.opening_minor if one.opening_minor is None else one.opening_minor
    Customer.objects.bulk_create([one.customer for one in new])
    Wallet.objects.bulk_create([one.wallet for one in new])
    book.open_accounts(
        programme_id=programme.id,
        floors={
            one.wallet.pk: one.floor_minor if one.floor_minor is not None else people_rules.floor_of(one.customer.group)
            for one in new
        },
        now=deed.now,
    )
    changed = sorted({name for one in known for name in one.fields})
    if changed:
        Customer.objects.bulk_update([one.customer for one in known if one.fields], changed, batch_size=500)
    faults = _book(programme, planned, deed)
    wallets = [one.wallet for one in known if one.floor_minor is not None or one.opening_minor is not None]
    Wallet.objects.bulk_update(wallets, ["has_own_floor", "opening_minor"], batch_size=500)
    return faults


def _book(programme: Programme, planned: list[Planned], deed: Deed) -> list[Fault]:
    """Floors first, so that an opening debt finds room."""
    orders: list[commands.Command] = []
    openings: list[tuple[int, Planned]] = []
    # It stands in the books for good, so in the language in which they are kept.
    with translation.override(programme.language):
        opening = gettext("Opening balance")
    for one in planned:
        floor_minor = one.floor_minor
        if not one.is_new and floor_minor is None and "group" in one.fields and not one.wallet.has_own_floor:
            floor_minor = people_rules.floor_of(one.customer.group)
        if not one.is_new and floor_minor is not None:
            orders.append(commands.SetFloor(one.wallet.pk, floor_minor, actor=deed.actor.code))
        if one.opening_minor:
            openings.append((len(orders), one))
            orders.append(
                commands.Adjust(
                    one.wallet.pk,
                    one.opening_minor,
                    reason=opening,
                    actor=deed.actor.code,
                    # They were paid for, elsewhere.
                    origin=Origin.PURCHASED,
                    expires_at=one.expires_at,
                )
            )
    if not orders:
        return []
    outcomes = book.post_many(programme_id=programme.id, batch=orders, now=deed.now, mint=deed.mint)
    faults = []
    for place, one in openings:
        if isinstance(outcomes[place], Refusal):
            one.wallet.opening_minor = None
            faults.append(Fault(one.row, "opening", rules.BelowFloor()))
    return faults


# ---- Movements ----


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement that a row tells."""

    wallet: int
    at: datetime
    amount_minor: int
    text: str
    reference: str
    key: bytes


def plan_movements(
    programme: Programme, rows: list[tuple[int, dict[str, str]]], phones: Callable[[str], str]
) -> tuple[list[Moved], list[Fault]]:
    """The movements that these rows tell, and which rows tell none."""
    known = People(programme.id, [cells for _, cells in rows], phones, _read_lightly)
    wallets = dict(Wallet.objects.filter(owner_id__in=known.keys).values_list("owner_id", "pk"))
    zone = ZoneInfo(programme.time_zone)
    moved, faults = [], list[Fault]()
    for number, cells in rows:
        with blamed(number, "", faults):
            customer = known.meant(cells)
            if customer is None:
                raise rules.NobodyFound
            moved.append(_moved(programme, cells, wallets[customer.pk], zone))
    return moved, faults


def _read_lightly(customers: QuerySet[Customer]) -> Iterable[Known]:
    return customers.values_list("pk", "name", "identifier", "email", "phone", named=True)


def _moved(programme: Programme, cells: Mapping[str, str], wallet: int, zone: ZoneInfo) -> Moved:
    at = rules.moment_of(cells, "at", zone=zone)
    amount_minor = _amount(programme, cells, "amount")
    if at is None or amount_minor is None:
        raise rules.CellUnreadable("", "at" if at is None else "amount")
    text, reference = cells.get("text", "")[:200], cells.get("reference", "")[:60]
    key = rules.movement_key(wallet=wallet, at=at, amount_minor=amount_minor, text=text, reference=reference)
    return Moved(wallet, at, amount_minor, text, reference, key)


type Row = tuple[int | str | bytes, ...]


def told_apart(programme: Programme, moved: list[Moved], *, seen_in: int, deed: Deed) -> tuple[list[int], list[Row]]:
    """Of these movements those that are kept already, and rows for those that are new: alike ones go by their number.

    `seen_in` is the import: what it has seen before is another one, what an earlier import brought is the same.
    """
    kept: dict[bytes, list[tuple[int, int, int]]] = defaultdict(list)
    found = PastMovement.objects.filter(programme_id=programme.id, key__in={one.key for one in moved})
    for pk, key, ordinal, seen in found.order_by("ordinal").values_list("pk", "key", "ordinal", "seen_in"):
        kept[bytes(key)].append((ordinal, seen, pk))
    unseen = {key: [pk for _, seen, pk in rows if seen != seen_in] for key, rows in kept.items()}
    last = {key: rows[-1][0] for key, rows in kept.items()}
    again, new = list[int](), list[Row]()
    for one in moved:
        if waiting := unseen.get(one.key):
            again.append(waiting.pop(0))
        elif not one.reference or one.key not in last:
            # What has a reference is there once, however often the file tells it.
            last[one.key] = ordinal = last.get(one.key, -1) + 1
            at: Any = connection.ops.adapt_datetimefield_value(one.at)
            said = (one.amount_minor, one.text, one.reference, one.key, ordinal, seen_in)
            new.append((deed.mint(), programme.id, one.wallet, at, *said))
    return again, new


# Hundreds of thousands of them come at once, and Django takes longer to make a row of each than to insert it.
_EACH = """
INSERT INTO groat_pastmovement (id, programme_id, wallet_id, at, amount_minor, text, reference, key, ordinal, seen_in)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_AT_ONCE = """
INSERT INTO groat_pastmovement (id, programme_id, wallet_id, at, amount_minor, text, reference, key, ordinal, seen_in)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[], %s::text[], %s::text[],
                     %s::bytea[], %s::int[], %s::bigint[])
"""


def write_movements(again: list[int], new: list[Row], *, seen_in: int) -> None:
    """Keep the new ones, and note that the others were seen."""
    PastMovement.objects.filter(pk__in=again).update(seen_in=seen_in)
    if not new:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_AT_ONCE, [list(column) for column in zip(*new, strict=True)])
        else:
            cursor.executemany(_EACH, new)
