"""The office's pages about customers and their wallets."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import uuid4

import openpyxl
import pytest
from django.utils import timezone

from groat import ids
from groat.cards import actions as cards
from groat.customers import actions, groups, notes, statements
from groat.customers.models import Customer, CustomerNote, Wallet
from groat.customers.queries import wallet_of
from groat.ledger import queries as ledger
from groat.ledger import sweep
from groat.programmes.models import AuditEntry
from groat.till import actions as till
from groat.topups import actions as topups
from tests import factories
from tests.offices import Office, just_now, queries_of, text, toasts

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office(programme=factories.a_programme(identifier_label="Locker"))


# ---- The list ----


def test_the_list_shows_each_customer_with_what_they_are_known_by(office: Office):
    adam = office.a_customer(name="Adam Beneš", identifier="17", credit_minor=12_345)
    factories.a_card(wallet=wallet_of(adam), token="04AABBCCDD1234")
    office.a_customer(name="Petra Pozdní", floor_minor=-50_000)

    page = text(office.get("customers"))

    assert "Adam Beneš" in page
    assert "Locker" in page
    assert "…1234" in page
    assert "123.45 Kč" in page
    assert page.count("Postpaid") == 1


@pytest.mark.parametrize("typed", ["benes", "BENEŠ adam", "17", "adam@example", "601 123 456", "1234"])
def test_a_customer_is_found_by_whatever_is_known_of_them(office: Office, typed: str):
    adam = office.a_customer(name="Adam Beneš", identifier="17", email="adam@example.org", phone="+420601123456")
    factories.a_card(wallet=wallet_of(adam), token="04AABBCCDD1234")
    office.a_customer(name="Zuzana Jiná", email="zuzana@example.org")

    rows = text(office.get("customers", {"q": typed}, fragment="rows"))

    assert "Adam Beneš" in rows
    assert "Zuzana" not in rows
    assert "<html" not in rows


def test_filters_are_combined_and_kept(office: Office):
    now = timezone.now()
    group = groups.add_group(programme=office.programme, name="Acme", floor_minor=-50_000, deed=just_now())
    owes = office.a_customer(name="Otto Owes", group=group)
    actions.adjust(wallet=wallet_of(owes), amount_minor=-100, reason="broke a glass", deed=just_now())
    soon = office.a_customer(name="Sonja Soon", group=group)
    factories.funded(wallet_of(soon), 100, now=now, expires_at=now + timedelta(days=3))
    later = office.a_customer(name="Lada Later")
    factories.funded(wallet_of(later), 100, now=now, expires_at=now + timedelta(days=300))
    factories.a_card(wallet=wallet_of(later))

    def shown(**asked: str) -> set[str]:
        rows = text(office.get("customers", asked, fragment="rows"))
        return {name for name in ("Otto", "Sonja", "Lada") if name in rows}

    acme = str(group.public_id)
    assert shown() == {"Otto", "Sonja", "Lada"}
    assert shown(debt="on") == {"Otto"}
    assert shown(expiring="on") == {"Sonja"}
    assert shown(group=acme) == {"Otto", "Sonja"}
    assert shown(group=acme, debt="on") == {"Otto"}
    assert shown(group=acme, q="sonja") == {"Sonja"}
    assert shown(no_card="on") == {"Otto", "Sonja"}
    assert shown(debt="on", expiring="on") == set()
    assert shown(blocked="on") == set()
    assert shown(group="nonsense", inactive="nonsense") == {"Otto", "Sonja", "Lada"}
    page = text(office.get("customers", {"group": acme, "debt": "on", "q": "otto"}))
    assert "1 customer" in page
    assert page.count('name="debt" value="on"') == 1


def test_who_was_not_here_for_long_is_found_though_their_credits_expired_since(office: Office):
    now = timezone.now()
    long_ago = now - timedelta(days=200)
    mint = ids.Minter(worker=1, clock_ms=lambda: int(long_ago.timestamp() * 1000))
    gone, here = office.a_customer(name="Gerta Gone"), office.a_customer(name="Hana Here")
    for customer in (gone, here):
        deed = factories.a_deed(now=long_ago, mint=mint)
        topups.top_up(
            wallet=wallet_of(customer), bought_minor=500, expires_at=long_ago + timedelta(days=100), deed=deed
        )
    Customer.objects.update(created_at=long_ago)
    Wallet.objects.update(created_at=long_ago)
    sweep.sweep(now=now, mint=just_now().mint)
    actions.adjust(wallet=wallet_of(here), amount_minor=100, reason="a gift", deed=just_now())

    rows = text(office.get("customers", {"inactive": "90"}, fragment="rows"))

    assert "Gerta Gone" in rows
    assert "Hana Here" not in rows
    assert "Gerta Gone" not in text(office.get("customers", {"inactive": "365"}, fragment="rows"))


def test_nobody_found_says_so_and_offers_to_open_an_account(office: Office):
    office.a_customer()

    page = text(office.get("customers", {"q": "nobody-of-that-name"}))

    assert "Nobody found" in page
    assert office.url("customer_new") in page


def test_going_back_in_the_browser_gets_the_whole_page(office: Office):
    headers = {"HX-Request": "true", "HX-Target": "rows", "HX-History-Restore-Request": "true"}

    response = office.client.get(office.url("customers"), headers=headers)

    assert "<html" in text(response)
    assert "HX-Request" in response["Vary"]


def test_many_customers_take_as_many_queries_as_one(office: Office):
    jana = office.a_customer(credit_minor=100)
    factories.a_card(wallet=wallet_of(jana))
    alone = queries_of(lambda: office.get("customers"))
    for _more in range(48):
        factories.a_card(wallet=wallet_of(office.a_customer(credit_minor=100)))

    assert queries_of(lambda: office.get("customers")) == alone


def test_fifty_customers_stand_on_a_page_and_the_rest_on_the_next(office: Office):
    for number in range(51):
        office.a_customer(name=f"Customer {number:02}")

    first = office.get("customers")
    second = office.get("customers", {"cursor": first.context["next_cursor"]})

    assert (text(first).count("row-link"), "Customer 50" in text(first)) == (50, False)
    assert (text(second).count("row-link"), "Customer 50" in text(second)) == (1, True)


# ---- One customer ----


def test_the_page_of_a_customer_says_what_they_have_and_what_expires_when(office: Office):
    office.programme.time_zone = "Europe/Prague"
    jana = office.a_customer(name="Jana", floor_minor=-20_000)
    soon = timezone.now() + timedelta(days=10)
    factories.funded(wallet_of(jana), 10_000, expires_at=soon, bonus_minor=500)
    factories.funded(wallet_of(jana), 7_000)

    page = text(office.get("customer", customer=jana))

    assert "175.00 Kč" in page  # the balance
    assert "375.00 Kč" in page  # what is available with the minimum balance
    assert "−200.00 Kč" in page
    day = f"{timezone.localtime(soon, timezone.get_fixed_timezone(60)):%-d %b %Y}"
    assert day in page
    assert "Bonus" in page
    assert "never" in page


def test_debt_is_shown_as_debt_and_can_be_written_off_only_then(office: Office):
    jana = office.a_customer(floor_minor=-20_000)
    assert "Write off" not in text(office.get("customer", customer=jana))

    office.a_payment(jana, amount_minor=5_000)

    page = text(office.get("customer", customer=jana))
    assert "Owes" in page
    assert "50.00 Kč" in page
    assert "Write off the debt" in page


def test_every_movement_is_explained_in_plain_words(office: Office):
    jana, petr = office.a_customer(name="Jana", floor_minor=-50_000), office.a_customer(name="Petr")
    expiry = datetime(2031, 11, 3, 12, tzinfo=UTC)
    topups.top_up(
        wallet=wallet_of(jana),
        bought_minor=10_000,
        bonus_minor=1_000,
        means="card",
        expires_at=expiry,
        deed=just_now(office.staff),
    )
    payment = office.a_payment(jana)
    free = office.a_payment(jana, amount_minor=15_000)
    till.refund(payment=payment, reason="cold", deed=just_now(office.staff))
    factories.funded(wallet_of(jana), 20_000, now=timezone.now())
    actions.transfer(
        source=wallet_of(jana), target=wallet_of(petr), amount_minor=1_000, reason="lunch", deed=just_now(office.staff)
    )
    actions.adjust(wallet=wallet_of(jana), amount_minor=250, reason="sorry", deed=just_now(office.staff))

    page = text(office.get("customer", customer=jana))

    today = statements.day_of(timezone.now())
    assert "100.00 to credits bought, expiring 3 November 2031" in page
    assert "10.00 to bonus credits, expiring 3 November 2031" in page
    assert "Payment card CZK 100.00 · Marta Manager" in page
    assert "Espresso" in page
    assert f"10.00 from the bonus of {today}, expiring 3 November 2031" in page
    assert f"35.00 from the credits bought on {today}, expiring 3 November 2031" in page
    assert f"65.00 from the credits bought on {today}, expiring 3 November 2031" in page
    assert "85.00 below zero" in page
    assert "Refund: Espresso" in page
    assert "45.00 settled debt" in page
    assert "40.00 settled debt" in page
    assert "160.00 to credits bought, without expiry" in page
    assert "Transfer to Petr" in page
    assert "“lunch”" in page
    assert "Credits given by hand" in page
    assert "“sorry”" in page
    assert office.url("payment", payment=free) in page
    assert "Transfer from Jana" in text(office.get("customer", customer=petr))


def test_a_movement_that_can_be_taken_back_leads_there_unless_it_was(office: Office):
    jana = office.a_customer(credit_minor=20_000)
    payment = office.a_payment(jana)
    leads = office.url("payment_refund", payment=payment)
    assert leads in text(office.get("customer", customer=jana))

    till.refund(payment=payment, deed=just_now())

    assert leads not in text(office.get("customer", customer=jana))


def test_who_only_reads_is_offered_nothing_to_do(office: Office):
    jana = office.a_customer(credit_minor=20_000)
    payment = office.a_payment(jana)
    accountant = Office(programme=office.programme, role="accountant")

    page = text(accountant.get("customer", customer=jana))

    assert "Espresso" in page
    for name, of in {"top_up": jana, "pair": jana, "customer_edit": jana, "adjust": jana}.items():
        assert office.url(name, customer=of) not in page
    assert office.url("payment_refund", payment=payment) not in page


def test_a_long_statement_goes_on_without_repeating_a_day(office: Office):
    jana = office.a_customer()
    wallet = wallet_of(jana)
    for number in range(35):
        factories.funded(wallet, 1_000 + number, now=timezone.now())

    first = office.get("customer", customer=jana)
    rest = office.get("customer", {"before": first.context["next_before"]}, fragment="more", customer=jana)

    assert text(first).count('class="sign"') == 30
    assert text(rest).count('class="sign"') == 5
    assert (text(first).count('class="day"'), text(rest).count('class="day"')) == (1, 0)
    assert "10.00 Kč" in text(rest)
    assert rest.context["next_before"] is None


def test_a_long_statement_takes_as_many_queries_as_a_short_one(office: Office):
    jana, petr = office.a_customer(credit_minor=500_000), office.a_customer()

    def live() -> None:
        payment = office.a_payment(jana)
        till.refund(payment=payment, deed=just_now(office.staff))
        actions.transfer(
            source=wallet_of(jana), target=wallet_of(petr), amount_minor=10, reason="x", deed=just_now(office.staff)
        )

    live()
    short = queries_of(lambda: office.get("customer", customer=jana))
    for _again in range(8):
        live()

    assert queries_of(lambda: office.get("customer", customer=jana)) == short


# ---- Changing what is known ----


def test_a_customer_is_edited(office: Office):
    jana = office.a_customer(name="Jana")

    response = office.post(
        "customer_edit", {"name": "Jana Nová", "phone": "601 123 456", "identifier": "7"}, customer=jana
    )

    jana.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, office.url("customer", customer=jana))
    assert (jana.name, jana.phone, jana.email, jana.identifier) == ("Jana Nová", "+420601123456", "", "7")
    assert toasts(response) == ["Jana Nová was saved."]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "Jana", "phone": "12"}, "“12” is no phone number."),
        ({"name": "Jana"}, "A customer with a name needs an e-mail address or a phone number."),
        ({"name": "", "email": "jana@example.org"}, "This field is required."),
        ({"name": "Jana", "email": "jana at home"}, "Enter a valid email address."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_stays_as_typed(office: Office, typed: dict[str, str], said: str):
    jana = office.a_customer(name="Original")

    response = office.post("customer_edit", {"note": "keep this"} | typed, customer=jana)

    jana.refresh_from_db()
    assert response.status_code == 422
    assert said in text(response)
    assert "keep this" in text(response)
    assert 'aria-invalid="true"' in text(response)
    assert jana.name == "Original"


# ---- The wallet, by hand ----


def test_an_adjustment_gives_or_takes_with_a_reason(office: Office):
    jana = office.a_customer(credit_minor=1_000)

    office.post("adjust", {"direction": "give", "amount": "5,50", "reason": "Apology"}, customer=jana)
    office.post("adjust", {"direction": "take", "amount": "1.25", "reason": "Miscounted"}, customer=jana)

    assert office.balance(jana) == 1_000 + 550 - 125
    lines = ledger.statement(programme_id=office.programme.id, wallet=wallet_of(jana).id)
    assert [(line.amount_minor, line.reason, line.actor) for line in lines[:2]] == [
        (-125, "Miscounted", f"staff:{office.staff.id}"),
        (550, "Apology", f"staff:{office.staff.id}"),
    ]


def test_given_credits_last_until_the_end_of_the_chosen_day_at_the_merchants_place(office: Office):
    jana = office.a_customer()

    office.post(
        "adjust",
        {"direction": "give", "amount": "5", "reason": "Gift", "expires_on": "2031-06-30"},
        customer=jana,
    )

    (lot,) = ledger.lots(programme_id=office.programme.id, wallet=wallet_of(jana).id, now=timezone.now())
    assert lot.expires_at == datetime(2031, 6, 30, 21, 59, 59, tzinfo=UTC)


def test_a_form_sent_twice_books_once(office: Office):
    jana, key = office.a_customer(), str(uuid4())
    typed = {"direction": "give", "amount": "5", "reason": "Gift"}

    first = office.post("adjust", typed, key=key, customer=jana)
    second = office.post("adjust", typed, key=key, customer=jana)

    assert (first.status_code, second.status_code) == (302, 302)
    assert office.balance(jana) == 500


def test_another_form_under_a_used_key_is_refused(office: Office):
    jana, key = office.a_customer(), str(uuid4())
    typed = {"direction": "give", "amount": "5", "reason": "Gift"}
    office.post("adjust", typed, key=key, customer=jana)

    response = office.post("adjust", typed | {"amount": "6"}, key=key, customer=jana)

    assert response.status_code == 422
    assert "already used" in text(response)
    assert office.balance(jana) == 500


def test_a_form_without_its_key_books_nothing(office: Office):
    jana = office.a_customer()

    response = office.client.post(
        office.url("adjust", customer=jana), {"direction": "give", "amount": "5", "reason": "Gift"}
    )

    assert response.status_code == 422
    assert "send it once more" in text(response)
    assert office.balance(jana) == 0


def test_more_than_there_is_cannot_be_taken(office: Office):
    jana = office.a_customer(credit_minor=1_000)

    response = office.post("adjust", {"direction": "take", "amount": "12", "reason": "Oops"}, customer=jana)

    assert response.status_code == 422
    assert "Not enough credit: 2.00 Kč missing." in text(response)
    assert 'value="12"' in text(response)
    assert office.balance(jana) == 1_000


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "", "reason": "x"}, "This field is required."),
        ({"amount": "0", "reason": "x"}, "Enter at least 0.01 Kč."),
        ({"amount": "ten", "reason": "x"}, "Enter an amount such as"),
        ({"amount": "1.234", "reason": "x"}, "At most 2 digits may follow the decimal sign."),
        ({"amount": "1", "reason": "  "}, "This field is required."),
        ({"amount": "1", "reason": "x", "expires_on": "2020-01-01"}, "must lie in the future"),
        ({"amount": "1", "reason": "x", "direction": "sideways"}, "Select a valid choice."),
    ],
)
def test_an_adjustment_that_makes_no_sense_is_refused(office: Office, typed: dict[str, str], said: str):
    jana = office.a_customer()

    response = office.post("adjust", {"direction": "give"} | typed, customer=jana)

    assert response.status_code == 422
    assert said in text(response)
    assert office.balance(jana) == 0


def test_a_debt_is_written_off_up_to_what_is_owed(office: Office):
    jana = office.a_customer(floor_minor=-20_000)
    office.a_payment(jana, amount_minor=5_000)

    refused = office.post("write_off", {"amount": "60", "reason": "Left"}, customer=jana)
    assert refused.status_code == 422
    assert "The debt is only 50.00 Kč." in text(refused)

    office.post("write_off", {"amount": "20", "reason": "Left"}, customer=jana)
    assert office.balance(jana) == -3_000


def test_credits_are_transferred_to_somebody_found_by_name(office: Office):
    jana, petr = office.a_customer(credit_minor=5_000), office.a_customer(name="Petr Dlouhý")
    factories.a_customer(name="Petr Odjinud")

    choices = office.client.get(office.url("transfer_targets", customer=jana), {"q": "petr"})
    response = office.post(
        "transfer", {"target": str(petr.public_id), "amount": "12", "reason": "Lunch"}, customer=jana
    )

    assert str(petr.public_id) in text(choices)
    assert "Petr Odjinud" not in text(choices)
    assert response.status_code == 302
    assert (office.balance(jana), office.balance(petr)) == (3_800, 1_200)


@pytest.mark.parametrize("whom", ["nobody", "another programme", "themselves"])
def test_a_transfer_needs_another_customer_of_the_programme(office: Office, whom: str):
    jana = office.a_customer(credit_minor=5_000)
    target = {"nobody": "", "another programme": factories.a_customer().public_id, "themselves": jana.public_id}[whom]

    response = office.post("transfer", {"target": str(target), "amount": "12", "reason": "Lunch"}, customer=jana)

    assert response.status_code == 422
    said = "Choose another wallet" if whom == "themselves" else "Choose who is to get the credits."
    assert said in text(response)
    assert office.balance(jana) == 5_000


def test_bought_credits_are_extended_to_a_day_or_for_ever(office: Office):
    jana = office.a_customer()
    factories.funded(wallet_of(jana), 1_000, now=timezone.now(), expires_at=timezone.now() + timedelta(days=5))

    assert office.post("extend", {"reason": "Ill"}, customer=jana).status_code == 422
    office.post("extend", {"reason": "Ill", "expires_on": "2031-01-31"}, customer=jana)
    (lot,) = ledger.lots(programme_id=office.programme.id, wallet=wallet_of(jana).id, now=timezone.now())
    assert lot.expires_at == datetime(2031, 1, 31, 22, 59, 59, tzinfo=UTC)

    office.post("extend", {"reason": "Ill", "forever": "on"}, customer=jana)
    (lot,) = ledger.lots(programme_id=office.programme.id, wallet=wallet_of(jana).id, now=timezone.now())
    assert lot.expires_at is None


def test_the_minimum_balance_is_agreed(office: Office):
    jana = office.a_customer()

    response = office.post("floor", {"below": "150"}, customer=jana)

    assert response.status_code == 302
    assert office.standing(jana).floor_minor == -15_000
    assert office.post("floor", {"below": "-1"}, customer=jana).status_code == 422


def test_a_blocked_card_is_marked_in_the_list(office: Office):
    jana = office.a_customer()
    card = factories.a_card(wallet=wallet_of(jana))
    cards.block(card=card, reason="lost", deed=just_now())

    assert "Lost" in text(office.get("customers"))


# ---- Notes, and what was before ----


def test_notes_are_written_dated_and_removed_by_who_wrote_them(office: Office):
    customer = office.a_customer()
    colleague = notes.add_note(
        customer=customer,
        text="Owes a towel",
        deed=just_now(factories.some_staff("manager", programme=office.programme)),
    )

    office.post("note_add", {"text": "Likes <oat> milk"}, customer=customer.public_id)
    page = text(office.get("customer", customer=customer.public_id))
    assert "Likes &lt;oat&gt; milk" in page
    assert "Owes a towel" in page
    own = CustomerNote.objects.exclude(pk=colleague.pk).get()
    assert own.actor_name == "Marta Manager"

    office.post("note_remove", note=colleague.public_id)
    office.post("note_remove", note=own.public_id)
    assert CustomerNote.objects.get() == colleague
    assert "Only who wrote a note may remove it." in text(office.get("customer", customer=customer.public_id))


def test_a_note_that_says_nothing_or_too_much_is_not_written(office: Office):
    customer = office.a_customer()

    for words in ("  ", "x" * 1001):
        office.post("note_add", {"text": words}, customer=customer.public_id)

    assert not CustomerNote.objects.exists()


def test_what_was_done_to_a_customer_stands_on_their_page(office: Office):
    customer = office.a_customer(name="Adam Beneš")
    other = office.a_customer(name="Zuzana Jiná")
    actions.set_floor(wallet=wallet_of(customer), floor_minor=-50_000, deed=just_now(office.staff))
    actions.set_floor(wallet=wallet_of(other), floor_minor=-70_000, deed=just_now(office.staff))

    page = text(office.get("customer", customer=customer.public_id))

    assert "Set the minimum balance of Adam Beneš to" in page
    assert "Zuzana" not in page


# ---- Taking the list along ----


def test_the_list_is_taken_along_as_it_is_filtered_and_no_cell_is_a_formula(office: Office):
    office.a_customer(name="=HYPERLINK(1)", email="formula@example.org", credit_minor=12_345)
    office.a_customer(name="Zuzana Jiná")

    lines = b"".join(office.get("customers_export", {"q": "formula"})).decode().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("\ufeffName;Locker;E-mail;Phone")
    assert lines[1].startswith("'=HYPERLINK(1);;formula@example.org;;cs;;;123.45;0.0;")

    content = b"".join(office.get("customers_export", {"format": "xlsx"}))
    first, second, third = openpyxl.load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    assert first[0] == "Name"
    assert [second[0], second[7]] == ["'=HYPERLINK(1)", 123.45]
    assert third[0] == "Zuzana Jiná"
    noted = AuditEntry.objects.filter(action="customers.exported").order_by("id")
    assert [entry.details["customers"] for entry in noted] == [1, 2]


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_with_filters_takes_as_many_queries_for_fifty_as_for_one(office: Office, count: int):
    for _ in range(count):
        factories.a_card(wallet=wallet_of(office.a_customer()))

    assert queries_of(lambda: office.get("customers", {"q": "j", "inactive": "30"})) <= 16
