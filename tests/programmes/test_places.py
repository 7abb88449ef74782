"""Sites as a whole: their hours and address, what they sell, who works there, closing and opening them again."""

from typing import Any

import pytest

from groat.catalogue.models import Category
from groat.programmes import places
from groat.programmes.models import AuditEntry, Role, Site, Staff, Till
from groat.programmes.weeks import Range
from tests import factories
from tests.catalogue.test_office_selling import hours
from tests.offices import Office, just_now, text, toasts
from tests.receipts.test_pages import Shop, a_phone
from tests.receipts.test_pages import text as receipt_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return Office(role=Role.OWNER)


@pytest.fixture
def site(office: Office) -> Site:
    return factories.a_site(programme=office.programme, name="Café")


def noted(site: Site) -> list[str]:
    return list(AuditEntry.objects.filter(programme=site.programme_id).order_by("id").values_list("action", flat=True))


def test_a_site_has_an_address_and_hours_which_stand_on_receipts() -> None:
    shop = Shop(Role.MANAGER)
    site = shop.till.site
    shop.post("site_edit", {"name": "Café", "sector": "cafe", "address": "Harbour Street 1"}, site=site)
    answer = shop.post("site_hours", hours(([0, 1, 2, 3, 4], "07:00", "18:00")), site=site)
    assert toasts(answer)[-1] == "Café was saved."
    site.refresh_from_db()
    assert (site.address, site.hours) == ("Harbour Street 1", [[day, 420, 1080] for day in range(5)])
    assert "Harbour Street 1 · Mon–Fri 07:00–18:00" in receipt_text(a_phone().get(shop.address(shop.pay())))
    assert "Mon–Fri 07:00–18:00" in text(shop.get("sites"))


def test_a_site_is_closed_with_its_tills_and_opened_with_those_that_went_with_it(office: Office, site: Site) -> None:
    bar, kiosk = (factories.a_till(site=site, name=name) for name in ("Bar", "Kiosk"))
    office.post("till_close", till=kiosk)
    answer = office.post("site_close", site=site)
    assert toasts(answer)[-1] == "Café and its tills are closed."
    assert Till.objects.filter(closed_at=None).count() == 0
    assert "Open the site again" in text(office.get("sites"))
    office.post("site_close", site=site)
    office.post("site_reopen", site=site)
    assert list(Till.objects.filter(closed_at=None)) == [bar]
    assert noted(site)[-2:] == ["site.closed", "site.reopened"]
    assert Till.objects.filter(pk=kiosk.pk, closed_at=None).count() == 0


def test_a_closed_site_is_no_place_for_another_till(office: Office, site: Site) -> None:
    annex = factories.a_site(programme=office.programme, name="Annex")
    till = factories.a_till(site=annex)
    assert "Café" in office.get("till_edit", till=till).content.decode()
    places.close_site(site=site, deed=just_now())
    assert "Café" not in office.get("till_edit", till=till).content.decode()


@pytest.mark.parametrize(("page", "of"), [("site_sells", "site"), ("till_sells", "till")])
def test_a_site_and_a_till_sell_chosen_categories(office: Office, site: Site, page: str, of: str) -> None:
    till = factories.a_till(site=site)
    coffee = factories.a_category(programme=office.programme, name="Coffee")
    row: Any = site if of == "site" else till
    answer = office.post(page, {"which": "some", "categories": [str(coffee.public_id)]}, **{of: row})
    assert toasts(answer) == [f"{row.name} was saved."]
    row.refresh_from_db()
    assert row.category_ids == [coffee.id]
    assert noted(site)[-1] == f"{of}.sells"
    office.post(page, {"which": "all", "categories": [str(coffee.public_id)]}, **{of: row})
    row.refresh_from_db()
    assert row.category_ids is None
    foreign = factories.a_category()
    assert office.post(page, {"which": "some", "categories": [str(foreign.public_id)]}, **{of: row}).status_code == 422
    assert Category.objects.count() == 2


def test_a_cashier_is_put_at_some_sites(office: Office, site: Site) -> None:
    factories.a_site(programme=office.programme, name="Gym")
    cashier = factories.some_staff(programme=office.programme, name="Klára")
    page = text(office.get("staff"))
    assert "All sites" in page
    answer = office.post("staff_sites", {"sites": [str(site.public_id)]}, member=cashier)
    assert toasts(answer) == ["It was saved where Klára works."]
    cashier.refresh_from_db()
    assert cashier.site_ids == [site.id]
    both = [str(one.public_id) for one in Site.objects.all()]
    office.post("staff_sites", {"sites": both}, member=cashier)
    assert Staff.objects.get(pk=cashier.pk).site_ids is None
    assert office.post("staff_sites", {"sites": []}, member=cashier).status_code == 422
    foreign = factories.a_site()
    assert office.post("staff_sites", {"sites": [str(foreign.public_id)]}, member=cashier).status_code == 422


def test_hours_are_set_once(site: Site) -> None:
    for _ in range(2):
        places.set_hours(site=site, hours=[Range(0, 0, 60)], deed=just_now())
    assert noted(site).count("site.hours_set") == 1
