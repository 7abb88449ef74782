"""Receipts: on the customer's phone, at the till and in the office."""

import re
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import formats, translation
from pypdf import PdfReader

from groat.api.limits import Limiter
from groat.cards.models import Card
from groat.drawers import actions as drawers
from groat.ids import public
from groat.notifications.models import Letter, LetterState
from groat.programmes.models import AuditEntry, Programme, Role, Till
from groat.receipts import pages, queries
from groat.till import actions
from groat.till.models import Payment, PaymentState
from groat.topups.models import TopUp
from tests import factories
from tests.offices import Answer, Office, just_now, queries_of, signed_in
from tests.offices import text as source

pytestmark = pytest.mark.django_db

NBSP = "\N{NO-BREAK SPACE}"


def text(answer: Answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", source(answer))).split())


@pytest.fixture(autouse=True)
def _nobody_asked_yet() -> None:
    pages._readers.cache_clear()


class Shop(Office):
    """A cashier, a till, a customer with 300,00 Kč and a card, and two espressos on sale."""

    def __init__(self, role: str = Role.CASHIER, *, customer: dict[str, Any] | None = None, **programme: Any) -> None:
        super().__init__(programme=factories.a_programme(**programme), role=role)
        self.till: Till = factories.a_till(programme=self.programme)
        self.token = factories.a_token()
        person = {"name": "Jana Nováková", "email": "jana@mail.example"} | (customer or {})
        self.wallet = factories.a_wallet(programme=self.programme, **person)
        self.card: Card = factories.a_card(wallet=self.wallet, token=self.token)
        factories.funded(self.wallet, 30_000)
        self.espresso = factories.a_product(category=factories.a_category(programme=self.programme))

    def pay(self, quantity: int = 2, *, cash_minor: int = 0, note: str = "") -> Payment:
        deed = just_now(self.staff)
        lines = [(self.espresso.id, quantity)]
        checkout = actions.open_checkout(till=self.till, lines=lines, cash_minor=cash_minor, note=note, deed=deed)
        actions.present(till=self.till, token=self.token, key=f"k{checkout.id}", checkout=checkout, deed=deed)
        return Payment.objects.select_related("till", "customer", "card", "checkout").latest("id")

    def address(self, row: Payment | TopUp) -> str:
        paper = queries.named(programme_id=self.programme.id, public_id=row.public_id)
        return f"/r/{self.programme.slug}/{queries.code_of(paper)}"

    def at_till(self, name: str, row: Payment | TopUp) -> Answer:
        return self.get(name, till=self.till, paper=row)


def a_phone(language: str = "en") -> Client:
    """Somebody who is signed in nowhere."""
    return Client(headers={"Accept-Language": language} if language else {})


# ---- On the customer's phone ----


def test_a_receipt_tells_what_was_paid_and_names_nobody() -> None:
    shop = Shop()
    paid = shop.pay(3, cash_minor=4500, note="No sugar")
    told = a_phone().get(shop.address(paid))
    assert told.status_code == 200
    assert (
        text(told)
        .partition("Print")[0]
        .endswith(
            f"{shop.programme.name} {shop.till.site.name} · Counter Receipt {moment(paid)} "
            "Espresso 3 × 45.00 Kč 135.00 Kč Total 135.00 Kč "
            f"Paid by card Card ···· {shop.card.last_four} 90.00 Kč In cash CZK 45.00 45.00 Kč New balance 210.00 Kč "
            f"No sugar {paid.public_id} "
        )
    )
    assert "Jana" not in source(told)
    assert "Nov" not in source(told).replace("November", "").replace(" Nov ", "")


def moment(row: Payment | TopUp) -> str:
    with translation.override("en"):
        return formats.date_format(row.at.astimezone(ZoneInfo("Europe/Prague")), "DATETIME_FORMAT")


def test_a_receipt_goes_on_to_tell_what_is_given_back() -> None:
    shop = Shop(Role.MANAGER)
    paid = shop.pay(2, cash_minor=4500)
    actions.refund(payment=paid, amount_minor=2000, reason="Cold", deed=just_now(shop.staff))
    actions.refund(payment=paid, reason="Cold", deed=just_now(shop.staff))
    told = text(a_phone().get(shop.address(paid)))
    assert re.search(r"Given back .{10,22} −20.00 Kč .{10,22}and CZK 45.00 in cash −25.00 Kč", told)
    # What stood there when it was paid.
    assert "New balance 255.00 Kč" in told
    assert "Cold" not in told


def test_a_receipt_tells_the_vat_that_it_contains() -> None:
    shop = Shop(Role.MANAGER, vat_rate=2100)
    paid = shop.pay(2)
    told = text(a_phone().get(shop.address(paid)))
    assert "VAT contained 21 % from a base of CZK 74.38 CZK 15.62" in told
    actions.refund(payment=paid, amount_minor=4500, reason="Cold", deed=just_now(shop.staff))
    assert "from a base of CZK 37.19 CZK 7.81" in text(a_phone().get(shop.address(paid)))
    actions.refund(payment=paid, reason="Cold", deed=just_now(shop.staff))
    assert "VAT contained" not in text(a_phone().get(shop.address(paid)))


def test_credits_that_were_given_are_not_taxed() -> None:
    """110 for 100: each credit was paid for with 100/110 of its price."""
    shop = Shop(vat_rate=2100)
    wallet, token = factories.a_wallet(programme=shop.programme), factories.a_token()
    factories.funded(wallet, 10_000, bonus_minor=1_000)
    factories.a_card(wallet=wallet, token=token)
    shop.token = token
    paid = shop.pay(2)
    # 90.00 x 100/110 = 81.82
    assert [(part.rate, part.gross_minor, part.vat_minor) for part in paper_of(paid).vat] == [(2100, 8182, 1420)]
    # What was paid in cash is taxed whole; what is owed, at today's price.
    owing = shop.pay(2, cash_minor=7_500)
    assert [part.gross_minor for part in paper_of(owing).vat] == [7_500 + 1_364]


def paper_of(row: Payment) -> queries.OfPayment:
    found = queries.named(programme_id=row.programme_id, public_id=row.public_id)
    assert isinstance(found, queries.OfPayment)
    return found


def test_no_cache_no_search_engine_and_no_other_page_gets_to_know_it() -> None:
    shop = Shop()
    told = a_phone().get(shop.address(shop.pay()))
    assert told["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in told["Cache-Control"]
    assert told["Referrer-Policy"] == "same-origin"
    assert '<meta name="robots" content="noindex, nofollow">' in source(told)


@pytest.mark.parametrize(
    ("asked", "spoken"), [("en-GB,cs;q=0.5", "en"), ("de-DE,sk;q=0.3", "sk"), ("de", "cs"), ("", "cs"), ("*", "cs")]
)
def test_it_speaks_the_browsers_language_or_else_the_programmes(asked: str, spoken: str) -> None:
    shop = Shop(language="cs")
    told = a_phone(asked).get(shop.address(shop.pay()))
    assert f'<html lang="{spoken}">' in source(told)
    assert told["Content-Language"] == spoken


def test_it_speaks_the_language_that_was_chosen_here_before() -> None:
    shop, phone = Shop(), a_phone("cs")
    phone.cookies["django_language"] = "sk"
    assert '<html lang="sk">' in source(phone.get(shop.address(shop.pay())))


def test_nothing_else_than_what_was_given_out_opens_a_receipt() -> None:
    shop, other = Shop(), Shop()
    paid = shop.pay()
    address = shop.address(paid)
    code = address.rpartition("/")[2]
    tries = [code[:-1] + ("A" if code[-1] != "A" else "B"), code[:-1], str(paid.public_id), str(paid.id), "x"]
    asked = [f"/r/{shop.programme.slug}/{tried}" for tried in tries]
    asked += [f"/r/{other.programme.slug}/{code}", f"/r/nobody/{code}", f"/r/nobody/{code}.pdf"]
    assert [a_phone().get(one).status_code for one in asked] == [404] * len(asked)
    assert a_phone().get(address).status_code == 200


def test_a_code_that_is_wrong_costs_no_more_than_to_look_up_the_programme() -> None:
    shop = Shop()
    wrong = f"/r/{shop.programme.slug}/{'A' * 36}"
    with CaptureQueriesContext(connection) as asked:
        assert a_phone().get(wrong).status_code == 404
    assert len([one for one in asked if "groat_programme" in one["sql"]]) == len(asked) == 1


def test_a_payment_that_was_not_made_has_no_receipt() -> None:
    shop = Shop()
    paid = shop.pay()
    address = shop.address(paid)
    Payment.objects.filter(pk=paid.pk).update(state=PaymentState.CANCELLED)
    assert a_phone().get(address).status_code == 404
    assert shop.at_till("till_receipt", paid).status_code == 404


def test_who_tries_too_often_has_to_wait(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.STRANGERS_PER_MINUTE = 3
    shop = Shop()
    address = shop.address(shop.pay())
    limiter = Limiter(policy="address", clock=lambda: 0.0)
    monkeypatch.setattr(pages, "_readers", lambda: limiter)
    phone = a_phone()
    assert [phone.get(address).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert phone.get(address + ".pdf").status_code == 429


def test_a_receipt_is_a_file_too() -> None:
    shop = Shop()
    paid = shop.pay()
    told = a_phone().get(shop.address(paid) + ".pdf")
    assert (told.status_code, told["Content-Type"]) == (200, "application/pdf")
    assert told["Content-Disposition"] == f'attachment; filename="{paid.public_id}.pdf"'
    (page,) = PdfReader(BytesIO(told.content)).pages
    assert "Total 90.00 Kč" in page.extract_text().replace(NBSP, " ")


def test_what_a_credit_costs_is_told_where_it_is_no_money_itself() -> None:
    shop = Shop(credit_name="points", credit_decimals=0, price_minor=250)
    assert "1 points = CZK 2.50" in text(a_phone().get(shop.address(shop.pay(1))))
    crowns = Shop()
    assert " = " not in text(a_phone().get(crowns.address(crowns.pay())))


def test_who_has_left_the_card_at_home_gets_a_receipt_too() -> None:
    shop = Shop(Role.MANAGER)
    deed = just_now(shop.staff)
    checkout = actions.open_checkout(till=shop.till, lines=[(shop.espresso.id, 1)], deed=deed)
    actions.pay_without_card(
        till=shop.till, checkout=checkout, customer=shop.wallet.owner, why="forgotten", key="12345678", deed=deed
    )
    paid = actions.confirm(payment=Payment.objects.latest("id"), deed=deed)
    assert "Paid with credits without a card 45.00 Kč" in text(a_phone().get(shop.address(paid)))


def test_a_top_up_has_a_receipt_too() -> None:
    shop = Shop()
    drawers.open_drawer(till=shop.till, float_minor=0, deed=just_now(shop.staff))
    sold = drawers.top_up(till=shop.till, card=shop.card, bought=12_345, deed=just_now(shop.staff))
    told = text(a_phone().get(shop.address(sold))).partition("Print")[0]
    assert told.endswith(
        f"Receipt {moment(sold)} Credits bought 123.45 Kč Price CZK 123.45 Rounding −CZK 0.45 "
        f"Paid Cash CZK 123.00 New balance 423.45 Kč {sold.public_id} "
    )
    drawers.undo_top_up(till=shop.till, top_up=sold, reason="Slip", deed=just_now(shop.staff))
    assert "Taken back −123.45 Kč" in text(a_phone().get(shop.address(sold)))


def test_a_top_up_from_the_office_has_one_with_bonus_and_expiry() -> None:
    shop = Shop(Role.MANAGER)
    sold = factories.funded(
        shop.wallet, 10_000, bonus_minor=1000, means="card", expires_at=datetime(2027, 3, 14, 22, 59, 59, tzinfo=UTC)
    )
    told = text(a_phone().get(shop.address(sold)))
    assert "Bonus 10.00 Kč Paid Payment card CZK 100.00 New balance 410.00 Kč Good until 14 March 2027" in told


def test_a_receipt_names_the_offers_that_gave_the_bonus() -> None:
    shop = Shop(Role.MANAGER)
    factories.a_bonus(programme=shop.programme)
    factories.a_bonus(programme=shop.programme, name="May", adds_up=True)

    told = text(a_phone().get(shop.address(factories.funded(shop.wallet, 100_000))))

    assert "Bonus: Spring 100.00 Kč Bonus: May 100.00 Kč" in told


def test_a_receipt_is_read_in_a_fixed_number_of_queries() -> None:
    shop = Shop(Role.MANAGER)
    paid = shop.pay(2)
    address, phone = shop.address(paid), a_phone()
    phone.get(address)
    few = queries_of(lambda: phone.get(address))
    for _ in range(4):
        actions.refund(payment=paid, amount_minor=100, reason="x", deed=just_now(shop.staff))
    assert queries_of(lambda: phone.get(address)) == few <= 4


# ---- At the till ----


def test_the_till_offers_it_as_a_code_to_scan() -> None:
    shop = Shop()
    paid = shop.pay()
    offered = shop.at_till("till_receipt", paid)
    drawn = shop.at_till("till_receipt_code", paid)
    assert (offered.status_code, drawn.status_code) == (200, 200)
    assert offered.context["url"] == f"http://testserver{shop.address(paid)}"
    assert drawn["Content-Type"] == "image/svg+xml"
    assert drawn.content.startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')
    assert b"Total" in offered.content


def test_another_till_and_another_programme_have_nothing_of_it() -> None:
    shop, other = Shop(), Shop()
    paid = shop.pay()
    beside = factories.a_till(programme=shop.programme)
    for name in ("till_receipt", "till_receipt_code"):
        assert shop.get(name, till=beside, paper=paid).status_code == 404
        assert other.get(name, till=other.till, paper=paid).status_code == 404
        assert other.get(name, till=shop.till, paper=paid).status_code == 404
    assert other.post("till_receipt_send", {"address": "a@b.example"}, till=other.till, paper=paid).status_code == 404
    nothing = public("payment", 12345)
    assert shop.get("till_receipt", till=shop.till, paper=nothing).status_code == 404
    accountant = signed_in(factories.some_staff(Role.ACCOUNTANT, programme=shop.programme))
    assert accountant.get(shop.url("till_receipt", till=shop.till, paper=paid)).status_code == 403


def test_the_cashier_sends_it_to_the_address_that_is_known_without_seeing_it() -> None:
    shop = Shop()
    paid = shop.pay()
    offered = shop.at_till("till_receipt", paid)
    assert "Send to j•••@m•••.example" in source(offered)
    assert "jana@mail.example" not in source(offered)
    answer = shop.post("till_receipt_send", {"address": ""}, till=shop.till, paper=paid)
    assert answer.status_code == 200
    assert "On its way j•••@m•••.example" in text(answer)
    letter = Letter.objects.get()
    assert (letter.address, letter.about, letter.origin, letter.actor) == (
        "jana@mail.example", f"payment:{paid.id}", f"till:{shop.till.id}", f"staff:{shop.staff.id}",
    )  # fmt: skip
    assert f"http://testserver{shop.address(paid)}" in letter.text
    assert AuditEntry.objects.latest("id").action == "receipt.mailed"
    assert "jana" not in str(AuditEntry.objects.latest("id").__dict__)


def test_the_same_form_sent_twice_sends_one_letter() -> None:
    shop = Shop()
    paid = shop.pay()
    for _ in range(2):
        shop.post("till_receipt_send", {"address": "x@y.example"}, till=shop.till, paper=paid, key="0123456789")
    assert [letter.address for letter in Letter.objects.all()] == ["x@y.example"]


@pytest.mark.parametrize("typed", ["nobody", "a@b", "a@b.example\nBcc: c@d.example", "a@b.example, c@d.example"])
def test_what_is_no_address_is_refused_where_it_was_typed(typed: str) -> None:
    shop = Shop()
    answer = shop.post("till_receipt_send", {"address": typed}, till=shop.till, paper=shop.pay())
    assert answer.status_code == 422
    assert "id_address_error" in source(answer)
    assert not Letter.objects.exists()


def test_without_an_address_one_is_asked_for() -> None:
    shop = Shop(customer={"email": "", "phone": "+420601234567"})
    paid = shop.pay()
    assert "Send to an e-mail address" in text(shop.at_till("till_receipt", paid))
    answer = shop.post("till_receipt_send", {"address": ""}, till=shop.till, paper=paid)
    assert answer.status_code == 422
    assert "No e-mail address is known. Type one." in text(answer)


def test_a_till_cannot_be_used_to_send_letters_without_end() -> None:
    shop = Shop()
    paid = shop.pay()
    letters = [
        shop.post("till_receipt_send", {"address": f"a{i // 5}@b.example"}, till=shop.till, paper=paid).status_code
        for i in range(61)
    ]
    assert letters == [200] * 60 + [422]
    assert Letter.objects.count() == 60


def test_nobody_gets_more_than_five_letters_an_hour_wherever_they_come_from() -> None:
    shop = Shop()
    paid = shop.pay()
    others = [Shop() for _ in range(2)]
    for _ in range(3):
        shop.post("till_receipt_send", {"address": "a@b.example"}, till=shop.till, paper=paid)
    for other in others:
        other.post("till_receipt_send", {"address": "A@b.example"}, till=other.till, paper=other.pay())
    answer = shop.post("till_receipt_send", {"address": "a@B.example"}, till=shop.till, paper=paid)
    assert answer.status_code == 422
    assert "Too many e-mails" in text(answer)
    assert Letter.objects.count() == 5


@pytest.mark.parametrize(("role", "is_told"), [(Role.CASHIER, False), (Role.MANAGER, True)])
def test_where_no_mail_is_set_up_nothing_is_offered_and_managers_are_told_why(
    settings: Any, role: str, is_told: bool
) -> None:
    settings.SENDS_MAIL = False
    shop = Shop(role)
    paid = shop.pay()
    offered = text(shop.at_till("till_receipt", paid))
    assert ("This installation sends no e-mail" in offered) == is_told
    assert "Send" not in offered
    answer = shop.post("till_receipt_send", {"address": "a@b.example"}, till=shop.till, paper=paid)
    assert answer.status_code == 422
    assert not Letter.objects.exists()


def test_the_letter_is_in_the_customers_language() -> None:
    shop = Shop(customer={"language": "sk"}, language="cs")
    shop.post("till_receipt_send", {"address": ""}, till=shop.till, paper=shop.pay())
    letter = Letter.objects.get()
    assert '<html lang="sk">' in letter.html
    assert "Espresso" in letter.html
    assert f"90,00{NBSP}Kč" in letter.text


def test_a_letter_holds_names_as_they_are() -> None:
    shop = Shop()
    Programme.objects.filter(pk=shop.programme.pk).update(name='<b>Café</b> "Ž"\n')
    shop.post("till_receipt_send", {"address": ""}, till=shop.till, paper=shop.pay())
    letter = Letter.objects.get()
    assert "&lt;b&gt;Café&lt;/b&gt;" in letter.html
    assert '<b>Café</b> "Ž"' in letter.text
    assert letter.sender == '<b>Café</b> "Ž"'
    assert "\n" not in letter.subject


# ---- In the office ----


def test_the_office_shows_it_and_sends_it() -> None:
    shop = Shop(Role.MANAGER)
    paid = shop.pay()
    assert shop.url("receipt", paper=paid) in source(shop.get("payment", payment=paid))
    assert "Total 90.00 Kč" in text(shop.get("receipt", paper=paid))
    assert shop.post("receipt_send", {"address": "a@b.example"}, paper=paid).status_code == 200
    assert Letter.objects.get().origin == f"staff:{shop.staff.id}"


def test_the_office_sees_what_became_of_letters_and_tries_them_again() -> None:
    shop = Shop(Role.MANAGER)
    shop.post("receipt_send", {"address": "a@b.example"}, paper=shop.pay())
    letter = Letter.objects.get()
    Letter.objects.update(
        state=LetterState.FAILED, due_at=None, ended_at=letter.written_at, tries=8, failure="550 no such user"
    )
    told = text(shop.get("letters"))
    assert "a•••@b•••.example" in told
    assert "Not delivered Tries: 8 · 550 no such user" in told
    assert shop.post("letter_again", letter=letter).status_code == 302
    letter.refresh_from_db()
    assert (letter.state, letter.tries) == (LetterState.WAITING, 0)
    again = shop.client.post(shop.url("letter_again", letter=letter), follow=True)
    assert "This e-mail cannot be sent again." in text(again)
    assert "No e-mail was given up" in text(shop.get("letters", {"only": "failed"}))


def test_letters_are_listed_in_a_fixed_number_of_queries() -> None:
    shop = Shop(Role.MANAGER)
    paid = shop.pay()
    shop.post("receipt_send", {"address": "a@b.example"}, paper=paid)
    few = queries_of(lambda: shop.get("letters"))
    for i in range(5):
        shop.post("receipt_send", {"address": f"a{i}@b.example"}, paper=paid)
    assert queries_of(lambda: shop.get("letters")) == few
