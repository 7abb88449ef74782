"""The number that keeps the ids of this process apart from those of others."""

from collections.abc import Iterator

import pytest

from groat.customers import actions
from groat.customers.models import Customer
from groat.errors import Refusal
from groat.programmes import minting
from groat.programmes.deeds import SYSTEM, Deed
from groat.programmes.models import Role, Worker
from tests import factories
from tests.offices import Office
from tests.rest import Caller, code

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_number_outlives_its_row() -> Iterator[None]:
    yield
    minting.forget()


def leased() -> bool:
    """Whether the number is this process's as far as the database knows."""
    ours = minting.mint() >> 11 & 1023
    return any(row % 1024 == ours for row in Worker.objects.values_list("pk", flat=True))


def test_a_program_that_is_refused_first_keeps_its_number():
    caller = Caller()
    minting.forget()

    answers = [code(caller.post("/api/v1/customers", {"name": "Jana"}, key=key)) for key in (None, "")]

    assert answers == [(422, "customer_needs_contact")] * 2
    assert leased()


def test_a_form_that_is_refused_first_keeps_its_number():
    office = Office(role=Role.OWNER)
    minting.forget()

    response = office.post("customer_new", {"name": "Jana", "means": "cash"})

    assert (response.status_code, Customer.objects.count()) == (422, 0)
    assert leased()


def test_a_deed_that_is_refused_keeps_its_number():
    programme = factories.a_programme()
    minting.forget()

    with pytest.raises(Refusal):
        actions.open_customer(programme=programme, name="Jana", deed=Deed.at_once(SYSTEM))

    assert leased()
