"""A till that cashiers share: its lock, who gets in and as what, and when they are out again."""

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from groat.cards import actions as cards
from groat.cashiers import actions, door
from groat.cashiers.models import Cashier, Guesses, SharedTill
from groat.ledger.models import Request
from groat.programmes import actions as programmes
from groat.programmes.models import AuditEntry, Role
from groat.till.models import Checkout, ParkedBasket, Payment
from tests import factories
from tests.cashiers.counter import OTHER_PIN, PIN, WRONG_PIN, Counter
from tests.factories import a_deed
from tests.offices import just_now, signed_in, text, toasts

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return Counter()


# ---- Sharing ----


def test_sharing_signs_out_and_locks(counter: Counter):
    assert (counter.shared_answer.status_code, counter.shared_answer["Location"]) == (302, counter.url("till_locked"))
    assert "_auth_user_id" not in counter.client.session
    assert (counter.row.till, counter.row.device, counter.row.staff) == (counter.till, "Chrome · Windows", None)
    page = text(counter.client.get(counter.url("till_locked")))
    assert ("Klára Malá" in page, "Marta Velká" in page, "Who works?" in page) == (True, True, True)


def test_the_lock_shows_those_alone_who_have_a_pin(counter: Counter):
    counter.somebody("Petr Bezpinu")
    gone = counter.somebody("Gita Pryč", "7305")
    programmes.dismiss(staff=gone, deed=just_now())
    page = text(counter.client.get(counter.url("till_locked")))
    assert ("Petr" in page, "Gita" in page) == (False, False)


def test_where_nobody_has_a_pin_one_is_asked_to_set_ones_own():
    staff = factories.some_staff()
    till = factories.a_till(programme=staff.programme)
    client = signed_in(staff)
    answer = client.post(reverse("till_share", kwargs={"programme": staff.programme.slug, "till": till.public_id}))
    assert answer["Location"] == f"/till/{staff.programme.slug}/pin/?till={till.public_id}"
    assert toasts(answer) == ["Nobody has a PIN for the tills yet. Set yours first."]
    assert not SharedTill.objects.exists()


def test_the_browsers_token_is_kept_as_a_hash_and_goes_to_the_tills_alone(counter: Counter):
    cookie = counter.client.cookies[door.COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (f"/till/{counter.programme.slug}/", True, "Lax")
    assert cookie.value.encode() not in bytes(counter.row.token_hash)


def test_a_browser_that_is_shared_anew_leaves_its_till_before(counter: Counter):
    counter.client.force_login(counter.klara.user)
    first = counter.row
    counter.client.post(counter.url("till_share"))
    first.refresh_from_db()
    assert (first.ended_at is None, SharedTill.objects.filter(ended_at=None).count()) == (False, 1)


# ---- Getting in ----


def test_the_right_pin_opens_the_till(counter: Counter):
    assert not counter.is_open()
    assert counter.enter(counter.klara, PIN) == "in"
    assert counter.is_open()
    page = text(counter.client.get(counter.url("till")))
    assert ("Switch, now Klára Malá" in page, 'data-minutes="5"' in page) == (True, True)


def test_another_pin_opens_nothing(counter: Counter):
    assert [counter.enter(counter.klara, pin) for pin in (WRONG_PIN, OTHER_PIN)] == ["till_pin_wrong"] * 2
    assert not counter.is_open()


def test_ones_own_card_opens_the_till(counter: Counter):
    _, token = counter.own_card(counter.klara)
    assert counter.hold(token) == "in"
    assert (counter.is_open(), counter.row.staff, counter.row.how) == (True, counter.klara, "card")


def test_a_customers_card_and_an_unknown_one_open_nothing(counter: Counter):
    token = factories.a_token()
    factories.a_card(wallet=factories.a_wallet(programme=counter.programme), token=token)
    stranger = factories.a_token()
    factories.a_card(token=stranger)
    answers = [counter.hold(one) for one in (token, stranger, factories.a_token())]
    assert answers == ["card_opens_no_till"] * 3


def test_a_blocked_card_opens_nothing(counter: Counter):
    card, token = counter.own_card(counter.klara)
    cards.block(card=card, reason="lost", deed=just_now())
    assert counter.hold(token) == "card_opens_no_till"


def test_each_switch_gives_the_browser_another_token(counter: Counter):
    counter.enter(counter.klara, PIN)
    stolen = Client()
    stolen.cookies[door.COOKIE] = counter.client.cookies[door.COOKIE].value
    assert stolen.get(counter.url("till_state")).status_code == 200
    counter.enter(counter.marta, OTHER_PIN)
    assert (stolen.get(counter.url("till_state")).status_code, counter.is_open()) == (302, True)


def test_who_switched_in_is_named(counter: Counter):
    counter.enter(counter.klara, PIN)
    first = counter.paid()
    counter.enter(counter.marta, OTHER_PIN)
    second = counter.paid()
    actors = [Payment.named(programme_id=counter.programme.id, public_id=one["id"]).actor for one in (first, second)]
    assert actors == [f"staff:{counter.klara.id}", f"staff:{counter.marta.id}"]
    entered = AuditEntry.objects.filter(action="till.entered").order_by("id")
    assert [(one.actor_name, one.details) for one in entered] == [
        ("Klára Malá", {"by": "pin"}),
        ("Marta Velká", {"by": "pin"}),
    ]


def test_the_basket_that_waits_and_those_put_aside_stay_with_the_till(counter: Counter):
    counter.enter(counter.klara, PIN)
    opened = counter.opened()
    product = factories.a_product(category=factories.a_category(programme=counter.programme))
    lines = [{"product": str(product.public_id), "quantity": 2}]
    counter.ask("till_park", {"key": "k" * 16, "lines": lines, "name": "Table 4", "note": ""})
    counter.enter(counter.marta, OTHER_PIN)
    state = counter.client.get(counter.url("till_state")).json()
    assert (state["checkout"]["id"], state["parked"]) == (opened["id"], 1)
    assert (Checkout.objects.count(), ParkedBasket.objects.count()) == (1, 1)


def test_the_page_goes_on_in_the_language_of_who_switched_in(counter: Counter):
    counter.klara.user.language = "cs"
    counter.klara.user.save()
    counter.enter(counter.klara, PIN)
    assert counter.client.cookies["django_language"].value == "cs"


# ---- Guessing ----


def test_after_five_wrong_guesses_even_the_right_pin_waits(counter: Counter):
    assert [counter.enter(counter.klara, WRONG_PIN) for _ in range(5)] == ["till_pin_wrong"] * 5
    answer = counter.ask("till_enter", {"staff": str(counter.klara.public_id), "pin": PIN})
    body = answer.json()
    assert (answer.status_code, body["code"], 0 < body["seconds"] <= 30) == (422, "till_pin_paused", True)
    assert body["sentence"].startswith("Too often wrong. Wait until ")
    # Somebody else gets in meanwhile.
    assert counter.enter(counter.marta, OTHER_PIN) == "in"
    Guesses.objects.update(last_at=timezone.now() - timedelta(seconds=31))
    assert counter.enter(counter.klara, PIN) == "in"
    assert Guesses.objects.get(subject=f"staff:{counter.klara.id}").wrong == 0


def test_who_tries_everybodys_pin_in_turn_is_stopped_too(counter: Counter):
    people = [counter.somebody(f"Somebody {number}", "7305") for number in range(4)]
    answers = [counter.enter(people[turn % 4], WRONG_PIN) for turn in range(11)]
    assert answers == ["till_pin_wrong"] * 10 + ["till_pin_paused"]


def test_a_name_that_is_nobodys_is_answered_like_a_wrong_pin(counter: Counter):
    no_pin, elsewhere = counter.somebody("Petr"), factories.some_staff()
    gone = counter.somebody("Gita", "7305")
    programmes.dismiss(staff=gone, deed=just_now())
    answers = [counter.enter(one, "7305") for one in (counter.klara, no_pin, elsewhere, gone)]
    bodies = {
        counter.ask("till_enter", {"staff": str(one.public_id), "pin": WRONG_PIN}).content
        for one in (counter.klara, no_pin, elsewhere, gone)
    }
    assert (answers, len(bodies)) == (["till_pin_wrong"] * 4, 1)


def test_unknown_cards_are_not_tried_without_end(counter: Counter):
    _, token = counter.own_card(counter.klara)
    answers = [counter.hold(factories.a_token()) for _ in range(21)]
    assert answers == ["card_opens_no_till"] * 20 + ["till_pin_paused"]
    assert counter.hold(token) == "till_pin_paused"


def test_a_pin_stands_nowhere(counter: Counter, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    counter.enter(counter.klara, WRONG_PIN)
    counter.enter(counter.klara, PIN)
    kept = [repr(list(rows.objects.values())) for rows in (AuditEntry, Request, Cashier)]
    assert not [told for told in [*kept, caplog.text] if PIN in told or WRONG_PIN in told]
    assert AuditEntry.objects.filter(action="till_pin.wrong", actor="anonymous").count() == 1


@pytest.mark.parametrize("body", [{}, {"staff": "x", "pin": 4821}, {"pin": "4821"}, {"token": ""}, {"token": "no"}])
def test_what_the_page_never_asks_opens_nothing(counter: Counter, body: dict[str, object]):
    answer = counter.ask("till_enter", body)
    assert (answer.status_code in {400, 422}, counter.is_open()) == (True, False)


# ---- A cashier and nothing more ----


def test_a_manager_by_pin_is_a_cashier(counter: Counter):
    counter.enter(counter.marta, OTHER_PIN)
    payment = counter.paid()
    Payment.objects.update(at=timezone.now() - timedelta(hours=1))
    undone = counter.ask("till_undo", {"key": "k" * 16}, payment=payment["id"]).json()
    page = text(counter.client.get(counter.url("till")))
    assert undone["code"] == "undo_too_late"
    # Whoever may do it for ever is told no time.
    assert payment["undo_seconds_left"] in range(290, 301)
    assert [words in page for words in ("Office", "Sign out", "My PIN", "Share this till")] == [False] * 4


def test_the_office_the_account_the_api_and_other_tills_stay_closed(counter: Counter):
    counter.enter(counter.marta, OTHER_PIN)
    other = factories.a_till(programme=counter.programme, name="Terrace")
    slug = counter.programme.slug
    closed = [
        f"/office/{slug}/",
        f"/office/{slug}/sites/tills/{counter.till.public_id}/",
        f"/office/{slug}/cashiers/",
        "/account/password/",
        "/account/reauthenticate/",
        f"/till/{slug}/pin/",
        f"/till/{slug}/{other.public_id}/",
        f"/till/{slug}/{other.public_id}/state/",
        f"/till/{slug}/{other.public_id}/locked/",
        f"/till/{slug}/{other.public_id}/drawer/",
    ]
    # As if the cookie reached them all.
    counter.client.cookies[door.COOKIE]["path"] = "/"
    answers = {path: counter.client.get(path) for path in closed}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(closed, 302)
    ends = {path: answer["Location"].split("?")[0] for path, answer in answers.items()}
    assert set(ends.values()) <= {"/account/login/", f"/till/{slug}/{other.public_id}/"}
    assert counter.client.get("/api/v1/programme").status_code == 401
    posted = counter.client.post(f"/till/{slug}/{other.public_id}/checkouts/", {}, content_type="application/json")
    assert (posted.status_code, counter.client.post(counter.url("till_share")).status_code) == (302, 302)
    assert SharedTill.objects.count() == 1


def test_a_shared_till_opens_none_of_another_programme(counter: Counter):
    counter.enter(counter.klara, PIN)
    other = Counter()
    counter.client.cookies[door.COOKIE]["path"] = "/"
    assert counter.client.get(other.url("till")).status_code == 302
    assert counter.client.get(f"/till/{other.programme.slug}/{counter.till.public_id}/state/").status_code == 302


def test_the_choice_of_tills_leads_to_ones_own(counter: Counter):
    counter.enter(counter.klara, PIN)
    answer = counter.client.get(f"/till/{counter.programme.slug}/?choose")
    assert (answer.status_code, answer["Location"]) == (302, counter.url("till"))


def test_a_full_sign_in_at_the_shared_till_has_full_rights_until_the_next_switch(counter: Counter):
    counter.client.force_login(counter.marta.user)
    page = text(counter.client.get(counter.url("till")))
    assert ("Office" in page, "Switch, now Marta Velká" in page) == (True, True)
    answer = counter.client.post(counter.url("till_lock"))
    assert (answer["Location"], "_auth_user_id" in counter.client.session) == (counter.url("till_locked"), False)
    assert not counter.is_open()


def test_the_drawer_goes_on_through_a_switch(counter: Counter):
    counter.enter(counter.klara, PIN)
    key = {"request_key": "a-key-of-the-form"}
    counter.client.post(counter.url("till_drawer"), key | {"float": "100"})
    counter.enter(counter.marta, OTHER_PIN)
    counter.client.post(counter.url("drawer_take_out"), key | {"amount": "20", "reason": "To the safe"})
    page = text(counter.client.get(counter.url("till_drawer")))
    assert ("Klára Malá" in page, "Marta Velká" in page, "CZK 80.00" in page) == (True, True, True)


# ---- Out again ----


def test_locking_leaves_nobody_in(counter: Counter):
    counter.enter(counter.klara, PIN)
    answer = counter.client.post(counter.url("till_lock"))
    assert (answer["Location"], counter.is_open()) == (counter.url("till_locked"), False)


def test_htmx_is_led_to_the_lock_as_a_whole_page(counter: Counter):
    answer = counter.client.get(counter.url("till_payments"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, counter.url("till_locked"))


def test_a_till_that_nobody_touches_is_locked(counter: Counter):
    counter.enter(counter.klara, PIN)
    counter.untouched_since(timezone.now() - timedelta(minutes=5, seconds=50))
    assert counter.is_open()
    counter.untouched_since(timezone.now() - timedelta(minutes=6, seconds=10))
    assert not counter.is_open()


def test_what_the_page_asks_by_itself_touches_nothing(counter: Counter):
    counter.enter(counter.klara, PIN)
    then = timezone.now() - timedelta(minutes=3)
    counter.untouched_since(then)
    counter.client.get(counter.url("till_state"))
    assert counter.row.active_at == then
    assert counter.client.post(counter.url("till_stay")).status_code == 204
    assert counter.row.active_at > then


def test_a_programme_may_switch_the_automatic_lock_off(counter: Counter):
    programmes.change_programme(programme=counter.programme, lock_after_minutes=None, deed=a_deed())
    counter.enter(counter.klara, PIN)
    counter.untouched_since(timezone.now() - timedelta(days=3))
    assert counter.is_open()


def test_whoever_is_dismissed_is_out_at_the_next_request(counter: Counter):
    counter.enter(counter.klara, PIN)
    programmes.dismiss(staff=counter.klara, deed=just_now())
    assert not counter.is_open()
    assert counter.enter(counter.klara, PIN) == "till_pin_wrong"


def test_whoever_gets_another_role_has_to_get_in_again(counter: Counter):
    counter.enter(counter.klara, PIN)
    programmes.change_role(staff=counter.klara, role=Role.MANAGER, deed=just_now())
    assert not counter.is_open()
    assert (counter.enter(counter.klara, PIN), counter.is_open()) == ("in", True)
    programmes.change_role(staff=counter.klara, role=Role.ACCOUNTANT, deed=just_now())
    assert (counter.is_open(), counter.enter(counter.klara, PIN)) == (False, "till_pin_wrong")


def test_a_new_pin_ends_what_the_old_one_opened(counter: Counter):
    counter.enter(counter.klara, PIN)
    actions.set_pin(staff=counter.klara, pin="7305", deed=just_now())
    assert not counter.is_open()


def test_a_card_that_is_blocked_while_it_is_in_is_out(counter: Counter):
    card, token = counter.own_card(counter.klara)
    counter.hold(token)
    cards.block(card=card, reason="blocked", deed=just_now())
    assert not counter.is_open()


def test_what_the_office_ended_is_a_strangers_browser(counter: Counter):
    counter.enter(counter.klara, PIN)
    actions.end(shared=counter.row, deed=just_now())
    answer = counter.client.get(counter.url("till"))
    assert (answer.status_code, answer["Location"]) == (302, f"/account/login/?next={counter.url('till')}")
    assert counter.ask("till_enter", {"staff": str(counter.klara.public_id), "pin": PIN}).status_code == 302
    assert counter.client.get(counter.url("till_locked")).status_code == 302


# ---- One's own PIN ----


def test_one_sets_ones_own_pin(counter: Counter):
    petr = counter.somebody("Petr")
    client = signed_in(petr)
    url = f"/till/{counter.programme.slug}/pin/"
    refused = client.post(url, {"pin": "1234", "again": "1234"})
    done = client.post(f"{url}?till={counter.till.public_id}", {"pin": "7305", "again": "7305"})
    assert (refused.status_code, "too easy to guess" in text(refused)) == (422, True)
    assert (done["Location"], toasts(done)) == (counter.url("till"), ["Your PIN for the tills is set."])
    assert counter.enter(petr, "7305") == "in"
    assert AuditEntry.objects.filter(action="till_pin.set", actor=f"staff:{petr.id}").count() == 1


def test_a_manager_by_pin_looks_nobody_up(counter: Counter):
    factories.a_customer(programme=counter.programme, name="Jana Nováková")
    counter.enter(counter.marta, OTHER_PIN)
    answer = counter.client.post(counter.url("till_customers"), {"q": "Jana"})
    assert ("Jana" in text(answer), "You may not look customers up here." in text(answer)) == (False, True)
