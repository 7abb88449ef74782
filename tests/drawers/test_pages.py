"""The till's pages about cash, and the office's."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.html import strip_tags
from pypdf import PdfReader

from groat.cards import actions as cards
from groat.cards.models import Card
from groat.drawers import actions, queries, slip
from groat.drawers.models import CashMove, Drawer
from groat.ledger import queries as ledger
from groat.programmes.models import Role
from groat.topups import actions as topups
from groat.topups.models import TopUp
from tests import factories
from tests.offices import Answer, Office, just_now, queries_of, signed_in
from tests.offices import text as source

pytestmark = pytest.mark.django_db

PAGES = ["till_drawer", "drawer_put_in", "drawer_take_out", "drawer_close", "till_top_up", "till_top_up_sees"]


def text(answer: Answer) -> str:
    """What the answer says to a reader of the page."""
    return " ".join(strip_tags(source(answer)).split())


class Counter(Office):
    """A cashier at a till, its drawer, and a customer's card with nothing on it."""

    def __init__(self, role: str = Role.CASHIER, *, is_open: bool = True) -> None:
        super().__init__(role=role)
        self.till = factories.a_till(programme=self.programme)
        self.token = factories.a_token()
        wallet = factories.a_wallet(programme=self.programme, name="Jana Nováková")
        self.card: Card = factories.a_card(wallet=wallet, token=self.token)
        if is_open:
            actions.open_drawer(till=self.till, float_minor=100_000, deed=just_now(self.staff))

    def ask(self, name: str, query: dict[str, Any] | None = None, **named: Any) -> Answer:
        return self.get(name, query, till=self.till, **named)

    def send(self, name: str, typed: dict[str, Any], **named: Any) -> Answer:
        return self.post(name, typed, till=self.till, **named)

    def top_up(self, bought: str, **options: Any) -> Answer:
        return self.send("till_top_up", {"bought": bought}, query=f"?card={self.card.public_id}", **options)

    def credit(self) -> int:
        now = timezone.now()
        return ledger.balance(programme_id=self.programme.id, wallet=self.card.wallet_id, now=now).posted_minor

    def cash(self) -> int:
        drawer = queries.open_at(self.till)
        assert drawer is not None
        return queries.expected(drawer)

    def last(self) -> Drawer:
        return Drawer.objects.latest("id")


# ---- Who comes in ----


@pytest.mark.parametrize("name", PAGES)
def test_cash_is_for_those_at_the_till(name: str) -> None:
    counter = Counter()
    url = counter.url(name, till=counter.till)
    assert signed_in(factories.some_staff(Role.ACCOUNTANT, programme=counter.programme)).get(url).status_code == 403
    assert signed_in(factories.some_staff()).get(url).status_code == 404
    manager = signed_in(factories.some_staff(Role.MANAGER, programme=counter.programme))
    query = {"card": str(counter.card.public_id)}
    assert manager.get(url, query).status_code == counter.client.get(url, query).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_another_programmes_till_is_not_there(name: str) -> None:
    counter = Counter()
    counter.till = factories.a_till()
    assert counter.ask(name).status_code == 404


def test_another_programmes_card_drawer_and_top_up_are_not_there() -> None:
    counter, other = Counter(), Counter()
    other.top_up("100")
    sold = TopUp.objects.get()
    closed = actions.close_drawer(till=other.till, counted_minor=0, deed=just_now())
    theirs = {"card": str(other.card.public_id)}
    assert counter.ask("till_top_up", theirs).status_code == 404
    assert counter.ask("till_top_up_sees", theirs | {"bought": "1"}).status_code == 404
    assert counter.ask("drawer_report", drawer=closed).status_code == 404
    assert counter.send("till_top_up_undo", {}, top_up=sold, query=f"?card={theirs['card']}").status_code == 404
    assert Counter(Role.MANAGER).get("drawer", drawer=closed).status_code == 404


def test_a_report_of_another_till_is_not_there() -> None:
    counter = Counter()
    closed = actions.close_drawer(till=counter.till, counted_minor=0, deed=just_now())
    assert counter.ask("drawer_report", drawer=closed).status_code == 200
    counter.till = factories.a_till(programme=counter.programme)
    assert counter.ask("drawer_report", drawer=closed).status_code == 404


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("manager", 200), ("accountant", 200), ("cashier", 403)])
def test_the_office_and_the_accountant_see_the_drawers(role: str, status: int) -> None:
    counter = Counter(role)
    assert counter.get("drawers").status_code == status
    assert counter.get("drawer", drawer=counter.last()).status_code == status


# ---- The drawer ----


def test_a_drawer_is_opened_once_however_often_the_form_is_sent() -> None:
    counter = Counter(is_open=False)
    assert "Open the cash drawer" in text(counter.ask("till_drawer"))
    for _again in range(2):
        answer = counter.send("till_drawer", {"float": "1 500"}, key="the-same-key")
        assert answer.status_code in {200, 302}
    drawer = counter.last()
    assert (Drawer.objects.count(), drawer.float_minor, drawer.opened_by) == (1, 150_000, f"staff:{counter.staff.id}")
    page = text(counter.ask("till_drawer"))
    assert "Report X" in page
    assert "1,500.00" in page


def test_the_float_of_the_day_before_is_suggested() -> None:
    counter = Counter()
    actions.close_drawer(till=counter.till, counted_minor=123_400, deed=just_now())
    answer = counter.ask("till_drawer")
    assert 'value="1,000.00"' in source(answer)
    page = text(answer)
    assert "CZK 1,234.00 were counted" in page


@pytest.mark.parametrize("typed", ["", "-1", "abc"])
def test_a_float_that_is_no_amount_is_refused(typed: str) -> None:
    counter = Counter(is_open=False)
    assert counter.send("till_drawer", {"float": typed}).status_code == 422
    assert Drawer.objects.count() == 0


def test_cash_goes_in_and_out_with_a_reason() -> None:
    counter = Counter()
    for _again in range(2):
        counter.send("drawer_put_in", {"amount": "200", "reason": "Coins"}, key="put-it-in")
    counter.send("drawer_take_out", {"amount": "500", "reason": "To the safe"})
    assert counter.cash() == 100_000 + 20_000 - 50_000
    page = text(counter.ask("till_drawer"))
    assert "Put in: Coins" in page
    assert "Taken out: To the safe" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "2 000", "reason": "x"}, "There should be only CZK 1,000.00 in the drawer."),
        ({"amount": "5", "reason": " "}, "This field is required."),
        ({"amount": "0", "reason": "x"}, "Enter at least"),
    ],
)
def test_what_cannot_be_taken_out_says_why(typed: dict[str, str], said: str) -> None:
    counter = Counter()
    answer = counter.send("drawer_take_out", typed)
    assert (answer.status_code, counter.cash()) == (422, 100_000)
    assert said in text(answer)


def test_counting_ends_in_a_report_that_stays() -> None:
    counter = Counter()
    counter.top_up("500")
    answer = counter.send("drawer_close", {"counted": "1 490", "note": "A tip was paid"})
    closed = counter.last()
    assert answer["Location"] == counter.url("drawer_report", till=counter.till, drawer=closed)
    before = report(counter, closed)
    for said in ("Report Z 1", "Should be there CZK 1,500.00", "Difference \N{MINUS SIGN}CZK 10.00", "A tip was paid"):
        assert said in before
    actions.open_drawer(till=counter.till, float_minor=0, deed=just_now())
    counter.top_up("300")
    assert report(counter, closed) == before


def report(counter: Counter, drawer: Drawer) -> str:
    """The report without the page around it."""
    page = source(counter.ask("drawer_report", drawer=drawer))
    return " ".join(strip_tags(page[page.index("<article") : page.index("</article>")].replace("><", "> <")).split())


def test_what_is_closed_cannot_be_closed_again() -> None:
    counter = Counter()
    for _again in range(2):
        counter.send("drawer_close", {"counted": "1000"})
    assert Drawer.objects.get().counted_minor == 100_000
    assert counter.ask("drawer_close")["Location"] == counter.url("till_drawer", till=counter.till)


# ---- Topping up ----


def test_a_card_that_was_read_is_topped_up_next() -> None:
    counter = Counter()
    page = counter.ask("till_top_up", {"missing": "1250"})
    assert "Hold the card to the reader" in text(page)
    answer = counter.send("till_top_up_card", {"token": counter.token}, query="?missing=1250")
    assert answer.status_code == 302
    answer = counter.client.get(answer["Location"])
    assert 'value="12.50"' in source(answer)
    form = text(answer)
    assert "CZK 12.50, rounded" in form
    assert "CZK 13.00" in form


@pytest.mark.parametrize("token", ["", "nonsense", "04AABBCCDDEE80"])
def test_what_is_no_card_here_says_so(token: str) -> None:
    counter = Counter()
    answer = counter.send("till_top_up_card", {"token": token})
    assert (answer.status_code, 'role="alert"' in source(answer)) == (422, True)


def test_while_an_amount_is_typed_the_page_says_what_one_gets_and_pays() -> None:
    counter = Counter()
    sees = text(counter.ask("till_top_up_sees", {"card": str(counter.card.public_id), "bought": "99.70"}))
    assert [amount in sees for amount in ("99.70 Kč", "CZK 99.70, rounded", "CZK 100.00")] == [True] * 3
    assert "0.00 Kč" in text(counter.ask("till_top_up_sees", {"card": str(counter.card.public_id), "bought": "x"}))


def test_a_top_up_is_made_once_and_tells_the_new_balance() -> None:
    counter = Counter()
    for _again in range(2):
        answer = counter.top_up("500", key="one-top-up")
        assert answer.status_code == 200
        assert "Topped up" in text(answer)
        assert 'data-sound="paid"' in source(answer)
    made = TopUp.objects.get()
    assert (made.till_id, made.means, made.actor) == (counter.till.id, "cash", f"staff:{counter.staff.id}")
    assert (counter.credit(), counter.cash()) == (50_000, 150_000)


def test_a_top_up_that_is_refused_says_why_and_takes_nothing() -> None:
    counter = Counter()
    assert "less than the smallest coin" in text(counter.top_up("0.30"))
    assert counter.top_up("").status_code == 422
    counter.card = cards.block(card=counter.card, reason="blocked", deed=just_now())
    assert "This card is blocked" in text(counter.top_up("100"))
    assert (counter.credit(), counter.cash(), CashMove.objects.count()) == (0, 100_000, 0)


def test_without_an_open_drawer_the_page_offers_to_open_it_and_comes_back() -> None:
    counter = Counter(is_open=False)
    card = str(counter.card.public_id)
    page = counter.ask("till_top_up", {"card": card, "missing": "500"})
    assert f"{counter.url('till_drawer', till=counter.till)}?top-up&amp;card={card}&amp;missing=500" in source(page)
    assert "drawer is not open" in text(counter.top_up("100"))
    answer = counter.send("till_drawer", {"float": "0"}, query=f"?top-up&card={card}&missing=500")
    assert answer["Location"] == f"{counter.url('till_top_up', till=counter.till)}?card={card}&missing=500"
    assert counter.credit() == 0


def test_a_top_up_is_undone_and_the_cash_goes_back() -> None:
    counter = Counter()
    counter.top_up("500")
    made = TopUp.objects.get()
    query = f"?card={counter.card.public_id}"
    for _again in range(2):
        answer = counter.send("till_top_up_undo", {}, top_up=made, query=query, key="undo-it-once")
        assert "Taken back" in text(answer)
    assert (counter.credit(), counter.cash()) == (0, 100_000)


def test_what_is_too_old_to_undo_says_so() -> None:
    counter = Counter()
    ago = factories.a_deed(by=counter.staff, now=timezone.now() - timedelta(seconds=301))
    made = actions.top_up(till=counter.till, card=counter.card, bought=1_000, deed=ago)
    query = f"?card={counter.card.public_id}"
    assert "It is too late to undo this here" in text(counter.send("till_top_up_undo", {}, top_up=made, query=query))
    assert counter.credit() == 1_000


def test_a_declined_card_is_offered_what_it_lacks() -> None:
    counter = Counter()
    opened = counter.client.post(
        counter.url("till_checkouts", till=counter.till),
        {"key": "0123456789abcdef", "amount_minor": 4_500},
        content_type="application/json",
    ).json()["checkout"]
    declined = counter.client.post(
        counter.url("till_present", till=counter.till),
        {"key": "fedcba9876543210", "checkout": opened["id"], "token": counter.token},
        content_type="application/json",
    ).json()["checkout"]
    assert (declined["refusal"]["missing_minor"], declined["refusal"]["card"]) == (4_500, str(counter.card.public_id))


def test_what_an_integrator_sells_for_cash_at_the_till_is_in_the_drawer() -> None:
    counter = Counter()
    topups.top_up(wallet=counter.card.wallet, bought_minor=2_000, till=counter.till, deed=just_now())
    assert counter.cash() == 102_000


# ---- The office ----


def test_the_list_shows_the_differences_and_can_show_them_alone() -> None:
    counter = Counter(Role.ACCOUNTANT)
    actions.close_drawer(till=counter.till, counted_minor=99_000, deed=just_now())
    right = factories.a_till(programme=counter.programme, name="Terrace")
    actions.open_drawer(till=right, float_minor=500, deed=just_now())
    actions.close_drawer(till=right, counted_minor=500, deed=just_now())
    rows = counter.get("drawers").context["rows"]
    assert [(row.till.name, row.difference_minor) for row in rows] == [("Terrace", 0), ("Counter", -1_000)]
    differing = counter.get("drawers", {"only": "differing"}).context["rows"]
    assert [row.till.name for row in differing] == ["Counter"]
    assert "No such drawer" in text(counter.get("drawers", {"only": "differing", "till": str(right.public_id)}))
    assert "\N{MINUS SIGN}CZK 10.00" in text(counter.get("drawer", drawer=Drawer.objects.earliest("id")))


def test_an_open_drawer_shows_what_should_be_in_it() -> None:
    counter = Counter(Role.MANAGER)
    counter.top_up("250")
    assert [row.cash_minor for row in counter.get("drawers").context["rows"]] == [125_000]
    assert "No cash drawer was opened yet" in text(Office().get("drawers"))


def test_the_lists_take_no_more_queries_as_they_grow() -> None:
    counter = Counter(Role.MANAGER)
    counter.top_up("100")
    actions.move_cash(till=counter.till, amount_minor=100, reason="x", deed=just_now(counter.staff))
    actions.close_drawer(till=counter.till, counted_minor=0, deed=just_now())
    actions.open_drawer(till=counter.till, float_minor=0, deed=just_now(counter.staff))
    counter.top_up("100")
    pages: list[Any] = [
        lambda: counter.get("drawers"),
        lambda: counter.ask("till_drawer"),
        lambda: counter.get("drawer", drawer=counter.last()),
    ]
    few = [queries_of(page) for page in pages]
    for _again in range(4):
        actions.close_drawer(till=counter.till, counted_minor=0, deed=just_now())
        actions.open_drawer(till=counter.till, float_minor=0, deed=just_now(counter.staff))
        for _top_up in range(3):
            counter.top_up("100")
    assert [queries_of(page) for page in pages] == few


# ---- The report as a file ----


def filed(answer: Answer) -> str:
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Cache-Control"] == "no-store, private"
    told = "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    return told.replace("\N{NO-BREAK SPACE}", " ")


def test_the_report_is_filed_in_the_programmes_language_with_every_figure_of_the_page() -> None:
    counter = Counter()
    counter.programme.name = '#read("/etc/passwd")'
    counter.programme.save()
    counter.top_up("300")
    drawer = counter.last()
    x = counter.get("drawer_report_pdf", till=counter.till, drawer=drawer)
    actions.close_drawer(till=counter.till, counted_minor=129_000, note="Mince", deed=just_now(counter.staff))
    z = counter.get("drawer_report_pdf", till=counter.till, drawer=drawer)
    manager = Office(programme=counter.programme)

    assert filed(x).splitlines()[2] == "Uzávěrka X"
    told = filed(z).splitlines()
    assert told[:3] == ['#read("/etc/passwd")', f"{counter.till.site.name} · Counter", "Uzávěrka Z 1"]
    page = counter.ask("drawer_report", drawer=drawer)
    with translation.override("cs"):
        shown = slip.of_drawer(
            drawer_now := counter.last(),
            till=counter.till,
            names={drawer_now.opened_by: counter.staff.user.name},
            now=timezone.now(),
        )
    figures = [line.value.replace("\N{NO-BREAK SPACE}", " ") for part in shown.parts for line in part.lines]
    assert len(figures) == 10
    assert all(any(line.endswith(figure) for line in told) for figure in figures)
    assert "Mince" in told
    assert page.context["slip"].title == "Report Z 1"
    day = timezone.localtime(timezone.now(), ZoneInfo("Europe/Prague")).date().isoformat()
    assert z["Content-Disposition"] == f'attachment; filename="counter-z-1-{day}.pdf"'
    assert x["Content-Disposition"] == f'attachment; filename="counter-x-{day}.pdf"'
    assert filed(manager.get("drawer_pdf", drawer=drawer)) == filed(z)


def test_the_report_of_another_tills_drawer_is_not_there() -> None:
    counter, other = Counter(), Counter()
    elsewhere = factories.a_till(programme=counter.programme)
    drawer = counter.last()
    assert Drawer.objects.count() == 2
    assert (
        counter.get("drawer_report_pdf", till=elsewhere, drawer=Drawer.objects.get(till=counter.till)).status_code
        == 404
    )
    assert counter.get("drawer_report_pdf", till=counter.till, drawer=drawer).status_code == 404
    assert other.get("drawer_report_pdf", till=other.till, drawer=drawer).status_code == 200
