"""The group commit when something goes wrong: each order still gets its own, true answer, and is booked once."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.db import connection

from groat import ids
from groat.ledger import group_commit, links, seal
from groat.ledger.group_commit import GroupCommit
from groat.ledger.links import Link
from groat.programmes.deeds import SYSTEM, Deed
from groat.till import actions
from groat.till.models import Payment
from groat.till.payments import Outcome
from groat.till.rules import Order
from tests import factories
from tests.ledger.verified import fault

pytestmark = pytest.mark.django_db(transaction=True)

mint = ids.Minter(worker=77)


class Shop:
    """A till and a card with 10 000 on it."""

    def __init__(self) -> None:
        self.programme = factories.a_programme()
        self.till = factories.a_till(programme=self.programme)
        self.token = factories.a_token()
        self.card = factories.a_card(wallet=factories.a_wallet(programme=self.programme), token=self.token)
        factories.funded(self.card.wallet, 10_000)

    def order(self, key: str, *, amount_minor: int = 10) -> Order:
        return actions.order(
            programme_id=self.programme.id,
            till=self.till,
            token=self.token,
            key=key,
            actor=factories.a_deed().actor,
            amount_minor=amount_minor,
        )

    def orders(self, number: int) -> list[Order]:
        return [self.order(f"order-{place}") for place in range(number)]

    def paid(self) -> int:
        return Payment.objects.filter(programme=self.programme).count()


def book(link: Link, orders: list[Order], *, minted: Callable[[], int] = mint) -> list[Outcome]:
    return actions.take_payments(link, orders, deed=factories.a_deed(mint=minted))


@contextmanager
def closing() -> Iterator[None]:
    """Give the connections back that are opened inside, or the tests' database could not be dropped."""
    opened: list[Link] = []

    def noted() -> Link:
        opened.append(links.open_link())
        return opened[-1]

    with patch.object(group_commit, "open_link", noted):
        yield
    for link in opened:
        link.close()


async def submit(commit: GroupCommit[Order, Outcome], order: Order) -> Outcome:
    """As the lane does."""
    with commit.expecting():
        booking = commit.put(order)
    return await booking


def submitted(
    bookkeeper: Callable[[Link, list[Order]], Sequence[Outcome]], orders: list[Order]
) -> list[Outcome | BaseException]:
    """Each order's outcome, all being submitted at once."""

    async def together() -> list[Outcome | BaseException]:
        commit = GroupCommit[Order, Outcome](bookkeeper)
        with closing():
            return await asyncio.gather(*(submit(commit, order) for order in orders), return_exceptions=True)

    return asyncio.run(together())


def balances(outcomes: list[Outcome | BaseException]) -> list[int]:
    payments = [outcome.payment for outcome in outcomes if isinstance(outcome, Outcome)]
    return [payment["balance_minor"] for payment in payments if payment is not None]


def test_what_waits_is_booked_together_each_seeing_those_before_it() -> None:
    shop = Shop()
    sizes: list[int] = []

    def counting(link: Link, orders: list[Order]) -> list[Outcome]:
        sizes.append(len(orders))
        return book(link, orders)

    outcomes = submitted(counting, shop.orders(30))
    assert sorted(balances(outcomes), reverse=True) == [10_000 - 10 * place for place in range(1, 31)]
    assert sum(sizes) == 30
    assert len(sizes) < 30
    assert fault(shop.programme) is None


def test_a_declined_payment_does_not_disturb_its_neighbours() -> None:
    shop = Shop()
    orders = [shop.order("small"), shop.order("much", amount_minor=20_000), shop.order("again small")]
    outcomes = submitted(book, orders)
    codes = [getattr(outcome.refusal, "code", None) for outcome in outcomes if isinstance(outcome, Outcome)]
    assert codes == [None, "insufficient_credit", None]


def test_a_batch_with_one_poisoned_order_answers_the_others() -> None:
    shop = Shop()

    def poisoned(link: Link, orders: list[Order]) -> list[Outcome]:
        outcomes = book(link, orders)  # the others' rows are already written when it fails
        if any(order.key == "order-7" for order in orders):
            raise ValueError("this order kills whatever it is in")
        return outcomes

    outcomes = submitted(poisoned, shop.orders(20))
    assert [str(outcome) for outcome in outcomes if isinstance(outcome, BaseException)] == [
        "this order kills whatever it is in"
    ]
    assert isinstance(outcomes[7], ValueError)
    assert len(balances(outcomes)) == 19
    assert shop.paid() == 19
    assert fault(shop.programme) is None


def test_an_answer_lost_with_the_connection_is_found_again_by_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    kind: Any = {"postgresql": links.PostgreSQL, "sqlite": links.SQLite}[connection.vendor]
    committed = kind.transaction
    losses = iter([True])

    @contextmanager
    def loses_the_answer(self: Any) -> Iterator[None]:
        with committed(self):
            yield
        if next(losses, False):
            raise OSError("it was committed, but nobody heard")

    monkeypatch.setattr(kind, "transaction", loses_the_answer)
    outcomes = submitted(book, shop.orders(5))
    assert sorted(balances(outcomes), reverse=True) == [9990, 9980, 9970, 9960, 9950]
    assert all(isinstance(outcome, Outcome) and outcome.replayed for outcome in outcomes)
    assert shop.paid() == 5
    assert fault(shop.programme) is None


def test_orders_that_come_behind_the_seal_are_booked_with_new_ids() -> None:
    shop = Shop()
    old = ids.Minter(worker=78, clock_ms=lambda: ids.EPOCH_MS + 1)
    minters = iter([old])

    def first_too_late(link: Link, orders: list[Order]) -> list[Outcome]:
        return book(link, orders, minted=next(minters, mint))

    assert seal.seal(programme_id=shop.programme.id, now=Deed.at_once(SYSTEM).now + timedelta(hours=1)) == 1
    head = seal.head(programme_id=shop.programme.id)
    assert head is not None
    outcomes = submitted(first_too_late, shop.orders(5))
    assert len(balances(outcomes)) == 5
    assert all(payment.id > head.horizon for payment in Payment.objects.filter(programme=shop.programme))
    assert fault(shop.programme) is None


def end_connections_of_the_till() -> int:
    """As when the database restarts or the network fails; returns how many were ended."""
    settings = connection.get_connection_params()
    known = {name: settings[name] for name in ("host", "port", "dbname", "user", "password") if settings.get(name)}
    with psycopg.connect(**known, autocommit=True) as other:
        ended = other.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = 'groat till' AND datname = current_database()"
        ).fetchone()
    return int(ended[0]) if ended else 0


def test_what_is_read_at_the_same_moment_is_booked_together() -> None:
    shop = Shop()
    sizes: list[int] = []

    def noted(link: Link, orders: list[Order]) -> list[Outcome]:
        sizes.append(len(orders))
        return book(link, orders)

    async def one_is_read_a_little_later() -> list[Outcome]:
        commit = GroupCommit[Order, Outcome](noted)
        # However long this machine takes from one turn of the loop to the next.
        with closing(), patch.object(group_commit, "PATIENCE_SECONDS", 60):
            with commit.expecting():
                first = commit.put(shop.order("first"))
                with commit.expecting():
                    await asyncio.sleep(0)
                    second = commit.put(shop.order("second"))
            return [await first, await second]

    assert balances([*asyncio.run(one_is_read_a_little_later())]) == [9990, 9980]
    assert sizes == [2]


def test_who_is_expected_and_does_not_come_holds_nobody_up() -> None:
    shop = Shop()

    async def while_somebody_never_ends() -> Outcome:
        commit = GroupCommit[Order, Outcome](book)
        with closing(), commit.expecting():
            return await asyncio.wait_for(submit(commit, shop.order("alone")), 30)

    assert balances([asyncio.run(while_somebody_never_ends())]) == [9990]


@pytest.mark.postgresql_only
def test_a_connection_lost_between_payments_is_opened_anew() -> None:
    shop = Shop()

    async def one_after_the_other() -> list[Outcome]:
        commit = GroupCommit[Order, Outcome](book)
        with closing():
            first = await submit(commit, shop.order("before"))
            assert end_connections_of_the_till() > 0
            return [first, await submit(commit, shop.order("after"))]

    assert balances([*asyncio.run(one_after_the_other())]) == [9990, 9980]
    assert fault(shop.programme) is None


@pytest.mark.postgresql_only
def test_a_connection_lost_in_the_middle_of_a_batch_pays_each_order_once() -> None:
    shop = Shop()
    times = iter([True])

    def is_cut_off(link: Link, orders: list[Order]) -> list[Outcome]:
        outcomes = book(link, orders)
        if next(times, False):
            assert end_connections_of_the_till() > 0
        return outcomes

    outcomes = submitted(is_cut_off, shop.orders(8))
    assert sorted(balances(outcomes), reverse=True) == [10_000 - 10 * place for place in range(1, 9)]
    assert shop.paid() == 8
    assert fault(shop.programme) is None


@pytest.mark.postgresql_only
def test_a_payment_waits_for_who_has_the_wallet() -> None:
    shop = Shop()
    settings = connection.get_connection_params()
    known = {name: settings[name] for name in ("host", "port", "dbname", "user", "password") if settings.get(name)}

    async def while_somebody_holds_the_wallet() -> Outcome:
        commit = GroupCommit[Order, Outcome](book)
        with closing(), psycopg.connect(**known) as other:
            other.execute("SELECT 1 FROM ledger_balance WHERE account = %s FOR UPDATE", [shop.card.wallet_id])
            asked = asyncio.create_task(submit(commit, shop.order("waits")))
            done, _ = await asyncio.wait([asked], timeout=0.3)
            assert not done
            other.rollback()
            return await asyncio.wait_for(asked, 10)

    assert balances([asyncio.run(while_somebody_holds_the_wallet())]) == [9990]
