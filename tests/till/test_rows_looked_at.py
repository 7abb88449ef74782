"""What a payment costs does not grow with what was paid before."""

import pytest
from django.db import connection

from groat.ledger.links import Link, open_link
from groat.till import actions
from tests import factories

ROWS = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables"
"""How many the session has looked at since its figures were last taken to the others'."""
SMALL_TABLES = 100
"""Where a table has no more rows than this, to look through it is no worse than to look one up."""
WALLETS = 50


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_payment_looks_at_as_few_rows_after_many_others() -> None:
    programme = factories.a_programme()
    till = factories.a_till(programme=programme)
    tokens = [factories.a_token() for _ in range(WALLETS)]
    for token in tokens:
        card = factories.a_card(wallet=factories.a_wallet(programme=programme), token=token)
        factories.funded(card.wallet, 100_000)

    def pay(link: Link, *numbers: int) -> int:
        """How many rows a batch of payments looked at."""
        deed = factories.a_deed()
        orders = [
            actions.order(
                programme_id=programme.id,
                till=till,
                token=tokens[number % WALLETS],
                key=str(number),
                actor=deed.actor,
                amount_minor=1,
            )
            for number in numbers
        ]
        with link.transaction():
            ((before,),) = link.connection.ask((ROWS, ()))[0]
            paid = actions.take_payments(link, orders, deed=deed)
            ((after,),) = link.connection.ask((ROWS, ()))[0]
        assert all(outcome.payment for outcome in paid)
        return int(after) - int(before or 0)

    link = open_link()
    try:
        first = pay(link, 0)
        for batch in range(10):
            pay(link, *range(1 + 50 * batch, 51 + 50 * batch))
        # What is known of the tables now is what later plans are made with.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        later = pay(link, 501)
        link.close()
        link = open_link()
        assert max(later, pay(link, 502)) <= first + SMALL_TABLES
    finally:
        link.close()
