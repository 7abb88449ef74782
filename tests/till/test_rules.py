"""What a payment costs: the part of the card, and the part in cash."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.till.rules import (
    CardFacts,
    CashNotPart,
    CheckoutFacts,
    Facts,
    Order,
    OrderLine,
    ProductFacts,
    TillFacts,
    cash_back,
    charge,
    checked_cash,
    priced,
)
from tests.factories import NOW

PROGRAMME, TILL, TOKEN = 1, 2, b"token"
COUNTER = TillFacts(PROGRAMME, "Counter", False, None, None)

products = st.lists(st.tuples(st.integers(1, 999), st.integers(1, 10**6)), min_size=1, max_size=8)


@given(products, st.data())
def test_what_the_card_pays_and_what_is_paid_in_cash_are_what_the_lines_come_to(
    bought: list[tuple[int, int]], data: st.DataObject
) -> None:
    facts = {
        number: ProductFacts(PROGRAMME, f"Product {number}", price, True, uuid4())
        for number, (_, price) in enumerate(bought)
    }
    wanted = tuple(OrderLine(number, quantity) for number, (quantity, _) in enumerate(bought))
    lines, total = priced(till=COUNTER, lines=wanted, amount_minor=None, products=facts, now=NOW)
    cash = checked_cash(data.draw(st.integers(0, total - 1)), amount_minor=total)
    seen = Facts(
        cards={(PROGRAMME, TOKEN): CardFacts(3, "active", 4, 5, "5D80")},
        tills={TILL: TillFacts(PROGRAMME, "Counter", False, None, None)},
        checkouts={6: CheckoutFacts(PROGRAMME, TILL, "waiting", lines, total, cash)},
    )
    asked = charge(Order(PROGRAMME, "staff:1", "key", TILL, TOKEN, checkout=6), seen, now=NOW)
    assert asked.amount_minor + asked.cash_minor == sum(line["amount_minor"] for line in asked.lines)
    assert asked.amount_minor > 0


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.data())
def test_all_of_the_cash_goes_back_with_the_last_of_the_credits(amount: int, cash: int, data: st.DataObject) -> None:
    refunded, handed_back = 0, []
    while refunded < amount:
        refunded += data.draw(st.integers((amount - refunded + 3) // 4, amount - refunded))
        handed_back.append(cash_back(cash_minor=cash, amount_minor=amount, refunded_minor=refunded))
    assert handed_back == [0] * (len(handed_back) - 1) + [cash]


@pytest.mark.parametrize("cash_minor", [-1, 100, 101])
def test_cash_is_less_than_the_whole_and_not_negative(cash_minor: int) -> None:
    with pytest.raises(CashNotPart):
        checked_cash(cash_minor, amount_minor=100)
