"""What pages may do beyond the Content-Security-Policy of all."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.csp import build_policy

from groat.programmes.models import Role
from tests import factories
from tests.offices import signed_in

_OF_ALL_PAGES: dict[str, Any] = settings.SECURE_CSP
ALL = build_policy(_OF_ALL_PAGES)


@pytest.mark.django_db
def test_the_pages_with_a_camera_alone_may_run_webassembly_and_nothing_else_more() -> None:
    programme = factories.a_programme()
    person: Client = signed_in(factories.some_staff(Role.MANAGER, programme=programme))
    till = factories.a_till(programme=programme)
    customer = factories.a_customer(programme=programme)
    with_camera = {
        "till": {"till": till.public_id},
        "pair": {"customer": customer.public_id},
    }
    without = {"cards": {}, "customer": {"customer": customer.public_id}, "tills": {}}
    found = {
        name: person.get(reverse(name, kwargs={"programme": programme.slug, **of}), follow=True)[
            "Content-Security-Policy"
        ]
        for name, of in {**with_camera, **without}.items()
    }
    more = ALL.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
    assert more != ALL
    # The only till there is shows itself.
    assert found == {"till": more, "pair": more, "cards": ALL, "customer": ALL, "tills": more}
