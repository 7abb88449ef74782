"""The pages that belong to no feature: sign-in, errors, and the shells around all others."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"Accept-Language": "en"}, enforce_csrf_checks=True, raise_request_exception=False)


@pytest.mark.django_db
def test_the_sign_in_page_asks_for_e_mail_and_password(visitor: Client) -> None:
    page = visitor.get("/account/login/").content.decode()
    assert re.findall(
        r'<input type="(\w+)" name="(\w+)"', page.split('class="narrow-card"')[1].split("</section>")[0]
    ) == [
        ("hidden", "csrfmiddlewaretoken"),
        ("email", "login"),
        ("password", "password"),
    ]
    assert '<html lang="en">' in page


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "cs", "sk"])
def test_a_page_is_in_the_language_that_the_browser_asks_for(language: str) -> None:
    page = Client(headers={"Accept-Language": language}).get("/account/login/").content.decode()
    assert f'<html lang="{language}">' in page


@pytest.mark.django_db
def test_what_is_not_there_is_told_in_our_words(visitor: Client) -> None:
    answer = visitor.get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_told_in_our_words(visitor: Client) -> None:
    answer = visitor.post("/account/login/", {"login": "a@example.org", "password": "x"})
    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()


def test_the_page_of_a_fault_needs_nothing_that_could_be_broken() -> None:
    assert "Something went wrong" in render_to_string("500.html", {})
