"""Three months at Harbour Court, played through the same actions as any other day."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from groat import ids
from groat.cards import actions as cards
from groat.cards.models import Card
from groat.catalogue import actions as catalogue
from groat.catalogue.models import Product
from groat.customers.models import Wallet
from groat.demo.people import CUSTOMERS, STAFF, Habit, Person
from groat.demo.shop import PLACES
from groat.ledger import book, queries
from groat.ledger.core import commands
from groat.programmes import actions as programmes
from groat.programmes.deeds import SYSTEM, Actor, Deed
from groat.programmes.models import Programme, Scope, Staff, Till, Worker
from groat.till import actions as tills
from groat.till.models import Payment
from groat.topups import actions as topups
from groat.topups import offering
from groat.topups.expiry import actions as expiry
from groat.topups.expiry.rules import Extension, Life, Rule
from groat.topups.models import OfferKind
from groat.topups.offers import Lasting, Tier, Unit

SLUG = "harbour-court"
DAYS = 92
ZONE = ZoneInfo("Europe/Prague")
CROWN = 100
"""Minor units of one crown."""
LOST = 30
"""Who of the cast has lost their card."""
_WORDS = ("amber", "birch", "coral", "delta", "ember", "fjord", "grove", "hazel", "inlet", "maple", "olive", "reed")


@dataclass(slots=True)
class Regular:
    """A customer at play."""

    person: Person
    wallet: Wallet
    card: Card
    token: str


@dataclass(slots=True)
class Scene:
    """The demo as it grows: who and what is there, and the clock."""

    now: datetime
    chance: Random
    minter: ids.Minter
    programme: Programme
    cashier: Actor = SYSTEM
    tills: dict[str, Till] = field(default_factory=dict)
    products: dict[str, list[Product]] = field(default_factory=dict)
    people: list[Regular] = field(default_factory=list)

    def deed(self, actor: Actor | None = None) -> Deed:
        """What is done now, by the cashier unless said otherwise; each deed a moment later than the last."""
        self.now += timedelta(milliseconds=7)
        return Deed(actor or self.cashier, self.now, self.minter)


def play(*, today: date, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Make the programme and play its three months up to now; returns what a visitor needs to know.

    Demands a transaction, so that nobody sees half of it.
    `progress` is told how many of how many days have passed.
    """
    start = today - timedelta(days=DAYS)
    opening = datetime.combine(start, time(7), ZONE)
    clock = [opening]
    minter = ids.Minter(
        worker=Worker.objects.create().pk % ids.WORKERS, clock_ms=lambda: int(clock[0].timestamp() * 1000)
    )
    told: dict[str, Any] = {"programme": SLUG, "logins": []}
    scene = _open(opening, minter, told)
    _people(scene)
    for number in range(DAYS + 1):
        day = start + timedelta(days=number)
        _day(scene, clock, day, last=day == today)
        progress(number + 1, DAYS + 1)
    _loose_ends(scene, clock)
    wallets = [regular.wallet.id for regular in scene.people]
    standings = queries.balances(programme_id=scene.programme.id, wallets=wallets, now=datetime.now(UTC))
    told["balances_minor"] = {
        regular.card.last_four: standings[regular.wallet.id].posted_minor for regular in scene.people
    }
    told["cards"] = _cards(scene, standings)
    return told


def _open(opening: datetime, minter: ids.Minter, told: dict[str, Any]) -> Scene:
    by_system = Deed(SYSTEM, opening, minter)
    people = {role: (name, f"{role}@harbour.example", _password()) for role, name in STAFF}
    owner_name, owner_email, owner_password = people["owner"]
    programme = programmes.open_programme(
        slug=SLUG,
        name="Harbour Court",
        credit_name="Kč",
        credit_decimals=2,
        currency="CZK",
        price_minor=CROWN,
        time_zone=ZONE.key,
        language="cs",
        identifier_label="Number of pass or locker",
        owner_email=owner_email,
        owner_name=owner_name,
        owner_password=owner_password,
        deed=by_system,
    )
    programme = programmes.change_programme(
        programme=programme,
        confirm_from_minor=800 * CROWN,
        vat_rate=2100,
        deed=by_system,
    )
    expiry.set_rule(
        programme=programme,
        rule=Rule(Life.MONTHS, months=6, grace_days=7, extension=Extension.AS_NEW, reminder_days=(30, 7)),
        deed=by_system,
    )
    scene = Scene(opening, Random(1351), minter, programme)
    _put_on_offer(programme, by_system)
    for role, (name, email, password) in people.items():
        told["logins"].append({"role": role, "name": name, "email": email, "password": password})
        if role != "owner":
            staff = programmes.engage(
                programme=programme, email=email, name=name, role=role, password=password, deed=scene.deed(SYSTEM)
            )
            if role == "cashier":
                scene.cashier = Actor.of_staff(staff, address="127.0.0.1")
    told["api_key"] = programmes.issue_key(
        programme=programme, name="Demo", scopes=[scope.value for scope in Scope], deed=scene.deed(SYSTEM)
    )[1]
    for place in PLACES:
        site = programmes.add_site(
            programme=programme, name=place.name, sector=place.sector, deed=scene.deed(_owner(programme))
        )
        till = programmes.add_till(site=site, name=place.till, deed=scene.deed(_owner(programme)))
        scene.tills[place.sector] = till
        category = catalogue.add_category(programme=programme, name=place.category, deed=scene.deed(_owner(programme)))
        scene.products[place.sector] = [
            catalogue.add_product(
                programme=programme,
                category=category,
                name=item.name,
                price_minor=item.price * CROWN,
                swatch=item.swatch,
                position=position,
                choice_groups=item.choice_groups,
                vat_rate=item.vat_rate,
                deed=scene.deed(_owner(programme)),
            )
            for position, item in enumerate(place.items)
        ]
    told["tills"] = [{"name": till.name, "id": str(till.public_id)} for till in scene.tills.values()]
    return scene


def _owner(programme: Programme) -> Actor:
    owner = Staff.objects.select_related("user").get(programme=programme, role="owner")
    return Actor.of_staff(owner, address="127.0.0.1")


def _people(scene: Scene) -> None:
    for number, person in enumerate(CUSTOMERS):
        deposit = 0 if person.floor else scene.chance.choice((500, 1000, 1000, 1500))
        customer = topups.open_account(
            programme=scene.programme,
            name=person.name,
            identifier=person.identifier,
            email=f"customer{number + 1}@harbour.example" if person.name else "",
            phone=f"+4206010010{number:02d}" if person.name and number % 3 else "",
            language=person.language,
            floor_minor=person.floor * CROWN or None,
            deposit_minor=deposit * CROWN,
            deed=scene.deed(),
        )
        wallet = customer.wallets.get()
        token = f"04{scene.chance.getrandbits(48):012X}"
        card = cards.pair(wallet=wallet, token=token, deed=scene.deed())
        scene.people.append(Regular(person, wallet, card, token))


def _cards(scene: Scene, standings: dict[int, queries.Standing]) -> list[dict[str, str]]:
    """The cards for a visitor to try, first those that show what can become of a payment."""

    def available(regular: Regular) -> int:
        return standings[regular.wallet.id].available_minor

    lost = scene.people[LOST]
    named = sorted((one for one in scene.people if one.person.name and one is not lost), key=available)
    prepaid = [one for one in named if not one.person.floor]
    postpaid = [one for one in named if one.person.floor]
    first = {
        prepaid[-1].token: gettext_noop("Has plenty"),
        postpaid[-1].token: gettext_noop("Pays later"),
        prepaid[0].token: gettext_noop("Nearly empty"),
        lost.token: gettext_noop("Reported lost"),
    }
    return [
        {
            "name": regular.person.name or f"Anonymous card {regular.card}",
            "token": regular.token,
            "last_four": regular.card.last_four,
            "hint": first.get(regular.token, ""),
        }
        for regular in sorted(scene.people, key=lambda one: [*first, one.token].index(one.token))
    ]


def _day(scene: Scene, clock: list[datetime], day: date, *, last: bool) -> None:
    """One day: people come in the order of the hours, and top up when they must."""
    if day.weekday() == 6:
        return
    moments: list[tuple[time, Regular, str]] = []
    for regular in scene.people:
        for at, sector in _visits(scene.chance, regular.person.habit, weekend=day.weekday() == 5):
            moments.append((at, regular, sector))
    for at, regular, sector in sorted(moments, key=lambda moment: moment[0]):
        now = datetime.combine(day, at, ZONE)
        if last and now > datetime.now(ZONE) - timedelta(minutes=1):
            return
        clock[0] = scene.now = max(now, scene.now)
        _visit(scene, regular, sector)
    if (day + timedelta(days=1)).day == 1:
        _month_end(scene)


def _visits(chance: Random, habit: Habit, *, weekend: bool) -> list[tuple[time, str]]:
    def happens(hundred: int) -> bool:
        return chance.randrange(100) < hundred

    def about(hour: int, minutes: int) -> time:
        at = chance.randrange(minutes)
        return time(hour + at // 60, at % 60, chance.randrange(60))

    if weekend:
        return [(about(9, 300), "gym")] if happens(habit.sport // 2) else []
    visits = []
    if happens(habit.coffee):
        visits.append((about(8, 110), "cafe"))
    if happens(habit.lunch):
        visits.append((about(11, 140), "canteen"))
    if happens(habit.coffee // 3):
        visits.append((about(14, 120), "cafe"))
    if happens(habit.sport):
        visits.append((about(16, 200), "gym"))
    return visits


def _visit(scene: Scene, regular: Regular, sector: str) -> None:
    basket = _basket(scene, sector)
    payment = _pay(scene, regular, sector, basket)
    if payment is None and not regular.person.floor:
        _top_up(scene, regular)
        payment = _pay(scene, regular, sector, basket)
    if payment is not None and scene.chance.randrange(140) == 0:
        tills.refund(payment=payment, reason="Wrong product", deed=scene.deed())


def _basket(scene: Scene, sector: str) -> list[tuple[int, int]]:
    shelf = scene.products[sector]
    if sector == "gym":
        # The last on the shelf is personal training, which few can afford on an ordinary day.
        picked = [shelf[0]] if scene.chance.randrange(4) else [shelf[2]]
        picked += [scene.chance.choice(shelf[3:5])] if scene.chance.randrange(3) == 0 else []
    elif sector == "canteen":
        picked = [scene.chance.choice(shelf[1:5])]
        picked += [shelf[0]] if scene.chance.randrange(2) else []
        picked += [scene.chance.choice(shelf[5:])] if scene.chance.randrange(3) == 0 else []
    else:
        picked = [scene.chance.choice(shelf[:6])]
        picked += [scene.chance.choice(shelf[6:])] if scene.chance.randrange(3) == 0 else []
    return [(product.id, 1) for product in picked]


def _pay(scene: Scene, regular: Regular, sector: str, basket: list[tuple[int, int]]) -> Payment | None:
    deed = scene.deed()
    order = tills.order(
        programme_id=scene.programme.id,
        till=scene.tills[sector],
        token=regular.token,
        key=f"demo-{deed.mint()}",
        actor=deed.actor,
        lines=basket,
    )
    outcome = tills.take_payment(order=order, deed=deed)
    if outcome.payment is None:
        return None
    payment = Payment.objects.get(pk=Payment.key_of(outcome.payment["id"]))
    return tills.confirm(payment=payment, deed=scene.deed()) if outcome.state == "confirming" else payment


def _put_on_offer(programme: Programme, deed: Deed) -> None:
    """Bonus in two steps, a package, and something for those who come for the first time."""
    offering.add(
        programme=programme,
        sort=OfferKind.BONUS,
        name="More for more",
        unit=Unit.PERCENT,
        tiers=[Tier(1000 * CROWN, 500), Tier(2000 * CROWN, 1000)],
        online=False,
        deed=deed,
    )
    offering.add(
        programme=programme,
        sort=OfferKind.BONUS,
        name="Welcome",
        unit=Unit.CREDITS,
        tiers=[Tier(500 * CROWN, 50 * CROWN)],
        first_only=True,
        adds_up=True,
        lasts=Lasting.DAYS,
        lasts_number=30,
        online=False,
        deed=deed,
    )
    offering.add(
        programme=programme,
        sort=OfferKind.PACKAGE,
        name="Ten entries",
        credits_minor=1500 * CROWN,
        price_minor=1350 * CROWN,
        online=False,
        deed=deed,
    )


_AMOUNTS = (500, 1000, 1000, 2000)


def _top_up(scene: Scene, regular: Regular) -> None:
    topups.top_up(
        wallet=regular.wallet,
        bought_minor=scene.chance.choice(_AMOUNTS) * CROWN,
        means=scene.chance.choice(("cash", "cash", "card")),
        till=scene.tills["cafe"],
        deed=scene.deed(),
    )


def _month_end(scene: Scene) -> None:
    """Who has an agreement pays what the month has run up to, by bank."""
    indebted = [regular for regular in scene.people if regular.person.floor]
    standings = queries.balances(
        programme_id=scene.programme.id, wallets=[regular.wallet.id for regular in indebted], now=scene.now
    )
    for regular in indebted:
        debt = standings[regular.wallet.id].debt_minor
        if debt:
            topups.top_up(wallet=regular.wallet, bought_minor=debt, means="bank", deed=scene.deed())


def _loose_ends(scene: Scene, clock: list[datetime]) -> None:
    """What a shop also has: a lost card, a gift that is about to expire, one that has, credits moved to a friend."""
    clock[0] = scene.now = max(scene.now, datetime.now(ZONE) - timedelta(minutes=1))
    manager = Staff.objects.select_related("user").get(programme=scene.programme, role="manager")
    by_manager = Actor.of_staff(manager, address="127.0.0.1")
    cards.block(card=scene.people[LOST].card, reason="lost", deed=scene.deed(by_manager))
    for regular, days, amount in ((scene.people[18], 5, 150), (scene.people[19], 12, 100)):
        gift = commands.Adjust(
            regular.wallet.id,
            amount * CROWN,
            reason="Thank you for bringing a friend",
            actor=by_manager.code,
            expires_at=scene.now + timedelta(days=days),
        )
        deed = scene.deed(by_manager)
        book.post(programme_id=scene.programme.id, command=gift, now=deed.now, mint=deed.mint)
    # One customer who is sure to have enough for anything, and one who is sure not to.
    _top_up(scene, scene.people[10])
    topups.top_up(wallet=scene.people[20].wallet, bought_minor=3000 * CROWN, bonus_minor=300 * CROWN, deed=scene.deed())


def _password() -> str:
    """Easy to type and made anew for each demo: nothing secret stands in the repository."""
    return f"{secrets.choice(_WORDS)}-{secrets.choice(_WORDS)}-{secrets.randbelow(9000) + 1000}"
