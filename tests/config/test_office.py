"""The office as a whole: who gets in where, for every address that there is."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from groat.cards import actions as cards
from groat.cards import boxes
from groat.cashiers import actions as cashiers
from groat.catalogue import actions as catalogue
from groat.config import office
from groat.customers import groups, imports, many, notes
from groat.customers.models import Import
from groat.customers.queries import Sought, wallet_of
from groat.drawers import actions as drawers
from groat.programmes import access, actions, inviting
from groat.programmes.models import Programme, Role
from groat.readers import actions as readers
from groat.receipts import actions as sending
from groat.receipts import queries as receipts
from groat.reports import schedules
from groat.till.models import Payment
from groat.topups.expiry import actions as expiry
from groat.topups.expiry import trials
from groat.topups.expiry.rules import NO_EXPIRY
from tests import factories
from tests.devices import a_device
from tests.offices import a_photograph, just_now, paid, signed_in

pytestmark = pytest.mark.django_db

EVERYBODY = frozenset(Role)
# Every page of the office: how it is asked, and which roles it answers. A new one must be entered here.
PAGES = {
    "office": ("get", EVERYBODY),
    "audit": ("get", access.OFFICE),
    "audit_file": ("get", access.OFFICE),
    "reports": ("get", access.OFFICE),
    "report": ("get", access.OFFICE),
    "report_file": ("get", access.OFFICE),
    "bookkeeping": ("get", access.MANAGE),
    "schedules": ("get", access.OFFICE),
    "schedule_new": ("get", access.MANAGE),
    "schedule_stop": ("post", access.MANAGE),
    "schedule_resume": ("post", access.MANAGE),
    "entries": ("get", access.OFFICE),
    "entries_file": ("get", access.OFFICE),
    "customers": ("get", access.OFFICE),
    "customer": ("get", access.OFFICE),
    "customer_new": ("get", access.MANAGE),
    "customer_edit": ("get", access.MANAGE),
    "floor": ("get", access.MANAGE),
    "adjust": ("get", access.MANAGE),
    "write_off": ("get", access.MANAGE),
    "extend": ("get", access.MANAGE),
    "transfer": ("get", access.MANAGE),
    "transfer_targets": ("get", access.MANAGE),
    "imports": ("get", access.MANAGE),
    "import_sample": ("get", access.MANAGE),
    "import": ("get", access.MANAGE),
    "import_check": ("post", access.MANAGE),
    "import_confirm": ("post", access.MANAGE),
    "import_back": ("post", access.MANAGE),
    "import_discard": ("post", access.MANAGE),
    "import_faults": ("get", access.MANAGE),
    "customers_export": ("get", access.OFFICE),
    "customer_past": ("get", access.OFFICE),
    "note_add": ("post", access.MANAGE),
    "note_remove": ("post", access.MANAGE),
    "customers_act": ("get", access.MANAGE),
    "customers_undo": ("post", access.MANAGE),
    "customer_block": ("get", access.MANAGE),
    "customer_unblock": ("post", access.MANAGE),
    "groups": ("get", access.OFFICE),
    "group_new": ("get", access.MANAGE),
    "group_edit": ("get", access.MANAGE),
    "group_withdraw": ("post", access.MANAGE),
    "group_restore": ("post", access.MANAGE),
    "top_up": ("get", access.MANAGE),
    "price": ("get", access.MANAGE),
    "top_up_made": ("get", access.OFFICE),
    "top_up_reverse": ("get", access.MANAGE),
    "top_up_undo": ("post", access.MANAGE),
    "offers": ("get", access.OFFICE),
    "package_new": ("get", access.MANAGE),
    "bonus_new": ("get", access.MANAGE),
    "offer_preview": ("get", access.MANAGE),
    "offer_amounts": ("get", access.MANAGE),
    "offer_edit": ("get", access.MANAGE),
    "offer_withdraw": ("post", access.MANAGE),
    "offer_restore": ("post", access.MANAGE),
    "cards": ("get", access.OFFICE),
    "card": ("get", access.OFFICE),
    "card_hand_over": ("get", access.MANAGE),
    "cards_unassigned": ("get", access.OFFICE),
    "cards_unassigned_print": ("get", access.OFFICE),
    "card_boxes": ("get", access.OFFICE),
    "card_box_new": ("get", access.MANAGE),
    "card_box_edit": ("get", access.MANAGE),
    "card_box": ("get", access.MANAGE),
    "card_box_add": ("post", access.MANAGE),
    "card_box_wait": ("post", access.MANAGE),
    "card_box_stop": ("post", access.MANAGE),
    "card_block": ("post", access.MANAGE),
    "card_pin": ("get", access.MANAGE),
    "card_unblock": ("post", access.MANAGE),
    "pair": ("get", access.MANAGE),
    "pairing": ("get", access.MANAGE),
    "pairing_cancel": ("post", access.MANAGE),
    "cashiers": ("get", access.MANAGE),
    "cashier_pin": ("post", access.MANAGE),
    "cashier_card": ("get", access.MANAGE),
    "cashier_card_take_away": ("post", access.MANAGE),
    "shared_till_end": ("post", access.MANAGE),
    "drawers": ("get", access.OFFICE),
    "drawer": ("get", access.OFFICE),
    "drawer_pdf": ("get", access.OFFICE),
    "accounts": ("get", access.OFFICE),
    "statements_make": ("get", access.MANAGE),
    "account_terms": ("get", access.OFFICE),
    "account_terms_all": ("get", access.MANAGE),
    "account_terms_group": ("get", access.MANAGE),
    "statement_run": ("get", access.OFFICE),
    "run_pdf": ("get", access.OFFICE),
    "run_payroll": ("get", access.OFFICE),
    "run_settle": ("get", access.MANAGE),
    "statement": ("get", access.OFFICE),
    "statement_pdf": ("get", access.OFFICE),
    "settlement": ("get", access.OFFICE),
    "settlement_undo": ("get", access.MANAGE),
    "offline": ("get", access.OFFICE),
    "offline_collect": ("post", access.MANAGE),
    "offline_settle": ("get", access.MANAGE),
    "offline_terms": ("get", access.OWNER),
    "offline_forbid": ("post", access.OWNER),
    "offline_shut_out": ("post", access.MANAGE),
    "receipt": ("get", access.OFFICE),
    "receipt_send": ("get", access.MANAGE),
    "letters": ("get", access.OFFICE),
    "letter_again": ("post", access.MANAGE),
    "code_print": ("post", access.MANAGE),
    "readers": ("get", access.MANAGE),
    "reader_new": ("post", access.MANAGE),
    "reader_makes_chips": ("post", access.OWNER),
    "reader_unpair": ("post", access.MANAGE),
    "payments": ("get", access.OFFICE),
    "payment": ("get", access.OFFICE),
    "payment_refund": ("get", access.MANAGE),
    "products": ("get", access.OFFICE),
    "product_new": ("get", access.MANAGE),
    "product_edit": ("get", access.MANAGE),
    "product_favourite": ("post", access.MANAGE),
    "product_withdraw": ("post", access.MANAGE),
    "product_restore": ("post", access.MANAGE),
    "product_picture": ("get", EVERYBODY),
    "choice_group_new": ("get", access.MANAGE),
    "choice_group_edit": ("get", access.MANAGE),
    "choice_group_move": ("post", access.MANAGE),
    "choice_group_remove": ("post", access.MANAGE),
    "choices_undo": ("post", access.MANAGE),
    "product_selling": ("get", access.MANAGE),
    "product_price": ("get", access.MANAGE),
    "product_price_drop": ("post", access.MANAGE),
    "product_sold_out": ("post", access.MANAGE),
    "products_order": ("post", access.MANAGE),
    "categories_order": ("post", access.MANAGE),
    "category_withdraw": ("post", access.MANAGE),
    "category_restore": ("post", access.MANAGE),
    "category_new": ("get", access.MANAGE),
    "category_edit": ("get", access.MANAGE),
    "category_remove": ("post", access.MANAGE),
    "programme": ("get", access.OWNER),
    "look": ("get", access.OWNER),
    "expiry": ("get", access.OWNER),
    "expiry_edit": ("get", access.OWNER),
    "expiry_preview": ("get", access.OWNER),
    "expiry_trial": ("get", access.OWNER),
    "expiry_trial_again": ("post", access.OWNER),
    "expiry_trial_use": ("post", access.OWNER),
    "expiry_withdraw": ("post", access.OWNER),
    "sites": ("get", access.OFFICE),
    "site_new": ("get", access.MANAGE),
    "site_edit": ("get", access.MANAGE),
    "site_hours": ("get", access.MANAGE),
    "site_sells": ("get", access.MANAGE),
    "site_close": ("post", access.MANAGE),
    "site_reopen": ("post", access.MANAGE),
    "till_sells": ("get", access.MANAGE),
    "staff_sites": ("get", access.OWNER),
    "till_new": ("get", access.MANAGE),
    "till_edit": ("get", access.MANAGE),
    "till_close": ("post", access.MANAGE),
    "till_reopen": ("post", access.MANAGE),
    "staff": ("get", access.OWNER),
    "staff_new": ("get", access.OWNER),
    "staff_role": ("get", access.OWNER),
    "staff_dismiss": ("post", access.OWNER),
    "invitation_again": ("post", access.OWNER),
    "invitation_withdraw": ("post", access.OWNER),
    "setup": ("get", access.MANAGE),
    "setup_site": ("get", access.MANAGE),
    "setup_products": ("get", access.MANAGE),
    "setup_till": ("get", access.MANAGE),
    "setup_staff": ("get", access.OWNER),
    "setup_card": ("get", access.MANAGE),
    "setup_ready": ("get", access.MANAGE),
    "api_keys": ("get", access.OWNER),
    "api_key_new": ("get", access.OWNER),
    "api_key_revoke": ("post", access.OWNER),
}

NOBODYS = {"report", "file_format"}
"""Parts of addresses that name nothing of a programme's."""


def the_parts(name: str) -> list[str]:
    """What the address of a page is made of besides the programme."""
    (pattern,) = [pattern for pattern in office.urlpatterns if pattern.name == name]
    return list(pattern.pattern.converters)


def one_of_each(programme: Programme) -> dict[str, UUID | str]:
    """One row of each kind that an address can name, by the name that it has there."""
    till = factories.a_till(programme=programme)
    customer = factories.a_customer(programme=programme)
    wallet = wallet_of(customer)
    top_up = factories.funded(wallet, 50_000)
    token = factories.a_token()
    card = factories.a_card(wallet=wallet, token=token)
    payment: Payment = paid(wallet=wallet, token=token, till=till)
    category = factories.a_category(programme=programme)
    product = catalogue.change_product(
        product=factories.a_product(category=category, choice_groups=[factories.MILK]),
        picture=a_photograph(),
        choice_groups=[],
        deed=just_now(),
    )
    product = catalogue.choices_back(product=product, deed=just_now())
    (group,) = product.choices
    pairing = cards.wait_for_card(wallet=wallet, till=till, deed=just_now())
    key, _secret = actions.issue_key(programme=programme, name="Shop", scopes=["products:read"], deed=just_now())
    member = factories.some_staff(programme=programme)
    cashiers.set_pin(staff=member, pin="4821", deed=just_now())
    shared = cashiers.share(till=till, token=secrets.token_hex(8), device="", deed=just_now())
    drawer = drawers.open_drawer(till=till, float_minor=0, deed=just_now())
    _, code = readers.invite(till=till, random=secrets.token_bytes(8), deed=just_now())
    reader = readers.pair(code=code, token=secrets.token_hex(8), device="ACR122U", version="", deed=just_now())
    device = a_device(programme)
    (tap,) = device.sends(device.keeps(factories.a_token(), 100))
    paper = receipts.named(programme_id=programme.id, public_id=payment.public_id)
    letter = sending.send(paper=paper, page_url="https://groat.example/r/x", place=till, deed=just_now())
    rule = expiry.set_rule(programme=programme, rule=NO_EXPIRY, deed=just_now())
    invitation = inviting.invite(
        programme=programme, email="new@example.org", name="Nela", role=Role.CASHIER, token=secrets.token_hex(8),
        address=str, deed=just_now(),
    )  # fmt: skip
    trial = trials.ask(programme=programme, rule=NO_EXPIRY, deed=just_now())
    settlement = factories.a_settlement(programme=programme)
    rows: dict[str, Any] = {
        "expiry_rule": rule, "expiry_trial": trial, "invitation": invitation,
        "site": till.site, "till": till, "customer": customer, "top_up": top_up, "card": card, "payment": payment,
        "box": boxes.open_box(programme=programme, name="March", deed=just_now()),
        "category": category, "product": product, "pairing": pairing, "key": key, "member": member,
        "reader": reader, "drawer": drawer, "device": device.row, "tap": tap, "paper": payment,
        "letter": letter, "shared": shared, "offer": factories.a_package(programme=programme),
        "of": an_import(programme),
        "note": notes.add_note(customer=customer, text="Likes oat milk", deed=just_now()),
        "settlement": settlement, "run": settlement.run, "statement": settlement.run.statements.get(),
        "mass_change": many.unblock(
            programme=programme, sought=Sought(chosen=(customer.pk,)), expected=1, deed=just_now()
        ),
        "customer_group": groups.add_group(programme=programme, name="Acme staff", deed=just_now()),
    }  # fmt: skip
    return {part: row.public_id for part, row in rows.items()} | {
        "name": product.picture_name,
        "group": UUID(group.id),
        "schedule": schedules.start(
            programme=programme, report="vat", file_format="csv", every="day", recipients=[member], deed=just_now()
        ).public_id,
        "report": "sales-by-day",
        "file_format": "csv",
    }


def an_import(programme: Programme) -> Import:
    """A table whose columns are to be chosen."""
    content = b"id\nE-1\n"
    return imports.take_apart(
        programme=programme,
        what="customers",
        file=BytesIO(content),
        file_name="people.csv",
        size=len(content),
        deed=just_now(),
    )


@contextmanager
def nothing_lasts() -> Iterator[None]:
    """What is done inside is taken back: each page is asked in the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def asked(client: Client, name: str, slug: str, parts: dict[str, UUID | str]) -> int:
    """The status with which a page answers."""
    method, _roles = PAGES[name]
    url = reverse(name, kwargs={"programme": slug, **{part: parts[part] for part in the_parts(name)}})
    with nothing_lasts():
        return int(getattr(client, method)(url).status_code)


def test_every_page_of_the_office_is_known_here():
    assert set(PAGES) == {pattern.name for pattern in office.urlpatterns}
    assert len(PAGES) == len(office.urlpatterns)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_the_pages_that_are_for_it_and_no_others(role: str):
    programme = factories.a_programme()
    parts, client = one_of_each(programme), signed_in(factories.some_staff(role, programme=programme))

    statuses = {name: asked(client, name, programme.slug, parts) for name in PAGES}

    let_in = {name: status in {200, 302} for name, status in statuses.items()}
    assert let_in == {name: role in roles for name, (_method, roles) in PAGES.items()}
    assert {status for name, status in statuses.items() if not let_in[name]} <= {403}


def test_a_stranger_finds_no_programme_and_nobody_signed_out_gets_in():
    programme = factories.a_programme()
    parts, stranger = one_of_each(programme), signed_in(factories.the_owner(factories.a_programme()))

    assert {name: asked(stranger, name, programme.slug, parts) for name in PAGES} == dict.fromkeys(PAGES, 404)
    assert {name: asked(Client(), name, programme.slug, parts) for name in PAGES} == dict.fromkeys(PAGES, 302)


def test_what_another_programme_has_is_not_found_in_ones_own():
    mine, others = factories.a_programme(), one_of_each(factories.a_programme())
    client = signed_in(factories.the_owner(mine))
    named = [name for name in PAGES if set(the_parts(name)) - NOBODYS]

    assert {name: asked(client, name, mine.slug, others) for name in named} == dict.fromkeys(named, 404)


def test_what_changes_something_is_never_asked_by_get():
    programme = factories.a_programme()
    parts, client = one_of_each(programme), signed_in(factories.the_owner(programme))
    changing = [name for name, (method, _roles) in PAGES.items() if method == "post"]

    statuses = {
        name: client.get(
            reverse(name, kwargs={"programme": programme.slug, **{part: parts[part] for part in the_parts(name)}})
        ).status_code
        for name in changing
    }

    assert statuses == dict.fromkeys(changing, 405)


def test_a_form_from_elsewhere_is_refused():
    programme = factories.a_programme()
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.the_owner(programme).user)

    answer = client.post(reverse("site_new", kwargs={"programme": programme.slug}), {"name": "Annex", "sector": "cafe"})

    assert answer.status_code == 403
    assert not programme.sites.exists()
