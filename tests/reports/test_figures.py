"""Figures of days: they are what the book says, however much of it is folded."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from groat.customers import actions as customers
from groat.customers.queries import wallet_of
from groat.errors import Refusal
from groat.ledger import seal
from groat.ledger.core import commands
from groat.ledger.core.accounts import Tally
from groat.ledger.core.lots import Origin
from groat.ledger.models import Entry, Posting
from groat.programmes import actions as programmes
from groat.programmes.models import Programme
from groat.receipts import queries as receipts
from groat.reports import figures as reports
from groat.reports import folding, verify
from groat.reports.cells import Cells, Fact, Posted, Price, Roll, Sold, counted, expected_breakage, shared
from groat.reports.figures import Figures, Scope, folded_cells
from groat.reports.models import Fold
from groat.till import actions as till
from groat.till.models import Payment
from groat.topups import actions as topups
from tests import factories
from tests.ledger.books import NOW, Ledger, past_the_triggers
from tests.offices import Office, just_now, text

pytestmark = pytest.mark.django_db

PRAGUE = ZoneInfo("Europe/Prague")
LATER = datetime(2100, 1, 1, tzinfo=PRAGUE)


def a_bare_programme(number: int) -> Programme:
    """A programme with nothing but its name, for books that a test writes itself."""
    return Programme.objects.create(
        id=factories.a_deed().mint(),
        slug=f"bare-{number}-{factories.a_token().lower()}",
        name="Bare",
        credit_name="Kč",
        currency="CZK",
        price_minor=100,
        created_at=NOW,
    )


def fold_out(programme: Programme) -> int:
    """Fold all that is sealed."""
    folded = 0
    while done := folding.fold(programme=programme):
        folded += done
    return folded


def seal_out(programme: Programme) -> None:
    while seal.seal(programme_id=programme.id, now=LATER):
        pass


# ---- Liability ----

amounts = st.integers(1, 12)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("top_up"), st.integers(0, 1), amounts, st.sampled_from([0, 2, 5])),
        st.tuples(st.just("spend"), st.integers(0, 1), amounts, st.just(0)),
        st.tuples(st.just("undo"), st.integers(0, 20), amounts, st.just(0)),
        st.tuples(st.just("adjust"), st.integers(0, 1), st.integers(-5, 5).filter(bool), st.just(0)),
        st.tuples(st.just("forgive"), st.integers(0, 1), st.just(0), st.just(0)),
        st.tuples(st.just("transfer"), st.integers(0, 1), amounts, st.just(0)),
        st.tuples(st.just("expire"), st.integers(0, 1), st.just(0), st.just(0)),
        st.tuples(st.just("fold"), st.just(0), st.just(0), st.just(0)),
    ),
    min_size=1,
    max_size=25,
)


def command(ledger: Ledger, step: tuple[str, int, int, int], entries: list[int]) -> commands.Command | None:
    what, which, amount, bonus = step
    wallet = ledger.wallets[which % 2]
    until = ledger.now + timedelta(hours=40)
    match what:
        case "top_up":
            return commands.TopUp(wallet, amount, amount * 9, bonus_minor=bonus, expires_at=until)
        case "spend":
            return commands.Spend(wallet, amount)
        case "undo":
            return commands.Reverse(entries[which % len(entries)], amount) if entries else None
        case "adjust":
            return commands.Adjust(wallet, amount, "counted", "staff:1", Origin.GIFT)
        case "forgive":
            return commands.WriteOff(wallet, "moved away", "staff:1")
        case "transfer":
            return commands.Transfer(wallet, ledger.wallets[1 - which % 2], amount)
        case "expire":
            return commands.Expire(wallet)
    return None


def balances_before(programme: Programme, moment: datetime) -> int:
    """What all wallets together had at an instant, from their own postings."""
    before = Entry.objects.filter(programme=programme.id, at__lt=moment).values("id")
    rows = Posting.objects.filter(programme=programme.id, account__gt=99, entry__in=before)
    last: dict[int, int] = dict(rows.order_by("sequence").values_list("account", "balance_minor"))
    return sum(last.values())


@settings(max_examples=25)
@given(steps)
def test_each_period_opens_with_what_the_one_before_closed_with_and_closes_with_what_wallets_have(
    done: list[tuple[str, int, int, int]],
) -> None:
    programme = a_bare_programme(len(done))
    ledger = Ledger(0, -8, programme=programme.id)
    entries: list[int] = []
    for step in done:
        ledger.move_on(ledger.now + timedelta(hours=7))
        if step[0] == "fold":
            seal_out(programme)
            fold_out(programme)
        asked = command(ledger, step, entries)
        if asked is None:
            continue
        try:
            accepted = ledger.post(asked)
        except Refusal:
            continue
        entries += [entry.id for entry in accepted.entries]
    figures = Figures(programme)
    first, last = NOW.astimezone(PRAGUE).date(), ledger.now.astimezone(PRAGUE).date()
    roll = Roll()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        posted = figures.posted("account", scope=Scope(day, day))
        roll = roll.next({account: sums.amount_minor for (account,), sums in posted.items()})
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), PRAGUE)
        assert roll.closing == balances_before(programme, midnight)
        assert roll.closing == -sum(figures.tallies(before=day + timedelta(days=1)).values())
    before_folding = everything_of(figures)
    seal_out(programme)
    fold_out(programme)
    assert everything_of(Figures(programme)) == before_folding
    assert [check.fault(programme_id=programme.id) for check in verify.CHECKS] == [None, None]
    assert verify.fault(programme=programme) is None


def everything_of(figures: Figures) -> tuple[dict[object, Posted], dict[object, Sold]]:
    """All cells, whether they are folded or not."""
    posted = figures.posted("day", "hour", "kind", "account", "till", "actor", "means")
    sold = figures.sold("day", "hour", "till", "actor", "product", "vat_rate", "is_back")
    return dict(posted), dict(sold)


# ---- What was sold ----


@pytest.fixture
def office() -> Office:
    return Office()


def test_what_was_bought_counts_by_line_and_at_what_was_paid_for_its_credits(office: Office) -> None:
    jana = office.a_customer()
    # 110,00 Kč for 100,00 of money: each is worth 100/110 of its face.
    topups.top_up(wallet=wallet_of(jana), bought_minor=10_000, bonus_minor=1_000, paid_minor=10_000, deed=just_now())
    payment = office.a_payment(jana)  # an espresso for 45,00
    ((key, sold),) = Figures(office.programme).sold("product", "is_back").items()
    assert (key[1], sold) == (0, Sold(1, 4_500, 0, 4_091, 0))
    till.refund(payment=payment, amount_minor=1_500, deed=just_now())
    till.refund(payment=payment, deed=just_now())
    figures = Figures(office.programme)
    back = figures.sold("is_back")[(1,)]
    assert back == Sold(-1, -4_500, 0, -4_091, 0)
    assert figures.posted("account")[(Tally.REVENUE,)] == Posted(3, 0, 0)


def test_what_is_given_back_counts_on_the_day_on_which_it_is(office: Office) -> None:
    jana = office.a_customer(credit_minor=10_000)
    payment = office.a_payment(jana, amount_minor=3_000)
    after = just_now().now + timedelta(days=3)
    till.refund(payment=payment, deed=factories.a_deed(now=after))
    today = payment.at.astimezone(PRAGUE).date()
    sold = Figures(office.programme).sold("day")
    assert [sold[day,].credits_minor for day in (today, after.astimezone(PRAGUE).date())] == [3_000, -3_000]


def test_a_scope_leaves_out_what_it_does_not_name(office: Office) -> None:
    jana = office.a_customer(credit_minor=10_000)
    here, there = (factories.a_till(programme=office.programme) for _ in range(2))
    office.a_payment(jana, till=here, amount_minor=1_000)
    office.a_payment(jana, till=there, amount_minor=300)
    seal_out(office.programme)
    assert fold_out(office.programme) == 3
    office.a_payment(jana, till=here, amount_minor=70)
    figures = Figures(office.programme)
    assert figures.sold(scope=Scope(tills=frozenset({here.id})))[()].credits_minor == 1_070
    assert figures.sold(scope=Scope(tills=frozenset()))[()].credits_minor == 0
    assert figures.sold(scope=Scope(actors=frozenset({"staff:1"})))[()].credits_minor == 0
    assert figures.sold(scope=Scope(until=date(2020, 1, 1)))[()].credits_minor == 0


def test_figures_and_receipts_say_the_same_of_vat(office: Office) -> None:
    programmes.change_programme(programme=office.programme, vat_rate=2_100, deed=factories.a_deed())
    category = factories.a_category(programme=office.programme)
    coffee = factories.a_product(category=category, price_minor=4_500)
    bread = factories.a_product(category=category, name="Bread", price_minor=3_333, vat_rate=1_200)
    jana, token = office.a_customer(), factories.a_token()
    factories.a_card(wallet=wallet_of(jana), token=token)
    for paid_minor, bonus_minor in ((1_700, 300), (20_000, 1_111)):
        topups.top_up(
            wallet=wallet_of(jana),
            bought_minor=paid_minor,
            bonus_minor=bonus_minor,
            paid_minor=paid_minor,
            deed=just_now(),
        )
    deed = just_now()
    order = till.order(
        programme_id=office.programme.id,
        till=factories.a_till(programme=office.programme),
        token=token,
        key="a-basket",
        lines=[(coffee.id, 2), (bread.id, 1)],
        actor=deed.actor,
    )
    assert till.take_payment(order=order, deed=deed).payment
    payment = Payment.objects.select_related("programme").get()
    paper = receipts.by_key(programme_id=office.programme.id, kind=Payment.kind, key=payment.id)
    assert isinstance(paper, receipts.OfPayment)
    sold = Figures(office.programme).sold("vat_rate")
    assert {rate: (one.worth_minor, one.vat_minor) for (rate,), one in sold.items()} == {
        part.rate: (part.gross_minor, part.vat_minor) for part in paper.vat
    }


# ---- Folding ----


def test_folding_again_folds_nothing_twice(office: Office) -> None:
    jana = office.a_customer(credit_minor=10_000)
    office.a_payment(jana, amount_minor=1_000)
    seal_out(office.programme)
    assert (fold_out(office.programme), fold_out(office.programme)) == (2, 0)
    office.a_payment(jana, amount_minor=500)
    seal_out(office.programme)
    assert fold_out(office.programme) == 1
    assert Figures(office.programme).sold()[()].credits_minor == 1_500


def test_another_worker_that_was_faster_is_left_its_part(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.a_payment(office.a_customer(credit_minor=10_000), amount_minor=1_000)
    seal_out(office.programme)
    read = counted

    def meanwhile(facts: Iterable[Fact], *, time_zone: str) -> Cells:
        monkeypatch.setattr(folding, "counted", read)
        assert folding.fold(programme=office.programme) == 2
        return read(facts, time_zone=time_zone)

    monkeypatch.setattr(folding, "counted", meanwhile)
    assert folding.fold(programme=office.programme) == 0
    assert Figures(office.programme).sold()[()].credits_minor == 1_000


def test_another_time_zone_has_all_figures_folded_anew(office: Office) -> None:
    office.a_payment(office.a_customer(credit_minor=10_000), amount_minor=1_000)
    seal_out(office.programme)
    fold_out(office.programme)
    programme = programmes.change_programme(
        programme=office.programme, time_zone="Pacific/Auckland", deed=factories.a_deed()
    )
    unfolded = everything_of(Figures(programme))
    assert fold_out(programme) == 2
    assert everything_of(Figures(programme)) == unfolded
    assert Fold.objects.get(programme=programme).time_zone == "Pacific/Auckland"
    assert verify.fault(programme=programme) is None


def test_a_new_price_changes_nothing_of_the_past(office: Office) -> None:
    debtor = office.a_customer(floor_minor=-50_000)
    office.a_payment(debtor, amount_minor=1_000)
    seal_out(office.programme)
    fold_out(office.programme)
    programme = programmes.change_programme(programme=office.programme, price_minor=200, deed=factories.a_deed())
    office.a_payment(debtor, amount_minor=1_000)
    seal_out(programme)
    fold_out(programme)
    assert Figures(programme).sold()[()].worth_minor == 1_000 + 2_000
    assert verify.fault(programme=programme) is None


def test_figures_that_somebody_changed_are_named(office: Office) -> None:
    office.a_payment(office.a_customer(credit_minor=10_000), amount_minor=1_000)
    seal_out(office.programme)
    fold_out(office.programme)
    with past_the_triggers(), connection.cursor() as cursor:
        cursor.execute("UPDATE reports_posted SET hour = (hour + 1) % 24 WHERE account = 1")
        found = verify.fault(programme=office.programme)
        assert found is not None
        assert (found.code, "account=1" in found.what) == ("figures_differ", True)
        cursor.execute("UPDATE reports_posted SET amount_minor = 7 WHERE account = 1")
        assert [check.fault(programme_id=office.programme.id) is None for check in verify.CHECKS] == [False, False]


def test_a_payment_by_lots_of_different_prices_is_worth_what_was_paid_for_each(office: Office) -> None:
    jana = office.a_customer()
    for paid in (1_000, 500):
        topups.top_up(wallet=wallet_of(jana), bought_minor=1_000, paid_minor=paid, deed=just_now())
    office.a_payment(jana, amount_minor=1_500)
    assert Figures(office.programme).sold()[()].worth_minor == 1_000 + 250


def test_transferred_credits_keep_what_was_paid_for_them(office: Office) -> None:
    jana, petr = office.a_customer(), office.a_customer()
    topups.top_up(wallet=wallet_of(jana), bought_minor=1_000, paid_minor=500, deed=just_now())
    customers.transfer(
        source=wallet_of(jana), target=wallet_of(petr), amount_minor=600, reason="a gift", deed=just_now()
    )
    office.a_payment(petr, amount_minor=400)
    assert Figures(office.programme).sold()[()].worth_minor == 200


def test_a_payment_that_waited_counts_when_it_is_confirmed(office: Office) -> None:
    programme = programmes.change_programme(programme=office.programme, confirm_from_minor=100, deed=factories.a_deed())
    payment = office.a_payment(office.a_customer(credit_minor=10_000), amount_minor=1_000)
    assert Figures(programme).sold()[()] == Sold(0, 0, 0, 0, 0)
    till.confirm(payment=payment, deed=just_now())
    assert Figures(programme).sold("till") == {(Payment.objects.get().till_id,): Sold(1, 1_000, 0, 1_000, 0)}


def test_a_long_past_that_is_not_folded_is_not_read_while_somebody_waits(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.a_product(category=factories.a_category(programme=office.programme))
    office.a_payment(office.a_customer(credit_minor=10_000), amount_minor=1_000)
    monkeypatch.setattr(reports, "MOST_UNFOLDED", 1)
    said = "still being counted"
    assert said in text(office.get("office"))
    assert said in text(office.get("report", report="sales-by-day"))
    assert office.get("report_file", report="vat", file_format="csv").status_code == 302
    assert said in text(office.get("reports"))  # as a toast, which the next page shows no more
    seal_out(office.programme)
    fold_out(office.programme)
    assert said not in text(office.get("office"))
    assert said not in text(office.get("report", report="sales-by-day"))


# ---- Rules ----


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_parts_sum_to_the_whole(amount: int, weights: list[int]) -> None:
    parts = shared(amount, weights)
    assert (sum(parts), all(part >= 0 for part in parts)) == (amount, True)


def test_a_hundred_and_ten_credits_for_a_hundred_are_worth_a_hundred() -> None:
    assert Price(10_000, 11_000).of(11_000) == 10_000
    assert Price(10_000, 11_000).of(100) == 91


def test_breakage_is_expected_in_proportion_to_what_was_used() -> None:
    # One in ten expired so far: of 1 000 granted, 100 will. With 450 used, half of what will be used is.
    assert expected_breakage(granted=1_000, remaining=550, past_granted=500, past_expired=50) == (100, 50)
    assert expected_breakage(granted=1_000, remaining=1_000, past_granted=0, past_expired=0) is None
    assert expected_breakage(granted=1_000, remaining=20, past_granted=500, past_expired=50) == (20, 20)


def test_cells_are_kept_as_they_were_counted(office: Office) -> None:
    office.a_payment(office.a_customer(credit_minor=10_000), amount_minor=1_000)
    before = everything_of(Figures(office.programme))
    seal_out(office.programme)
    fold_out(office.programme)
    kept: Cells = folded_cells(office.programme.id)
    assert (kept.posted, kept.sold) == before


def test_the_worker_looks_at_those_alone_that_have_something_to_fold(office: Office) -> None:
    office.a_payment(office.a_customer(credit_minor=10_000), amount_minor=1_000)
    Office()
    seal_out(office.programme)
    assert [folding.fold_all(), folding.fold_all()] == [2, 0]
    programmes.change_programme(programme=office.programme, time_zone="Pacific/Auckland", deed=factories.a_deed())
    assert folding.fold_all() == 2
