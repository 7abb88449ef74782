"""How people are written down."""

import pytest

from groat.customers import rules


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("601 234 567", "CZ", "+420601234567"),
        ("+420 601 234 567", "SK", "+420601234567"),
        ("00420601234567", "CZ", "+420601234567"),
        ("0905 123 456", "SK", "+421905123456"),
        ("+44 20 7946 0958", "CZ", "+442079460958"),
    ],
)
def test_a_phone_number_is_kept_in_one_form(typed: str, region: str, number: str):
    assert rules.normalised_phone(typed, region) == number


@pytest.mark.parametrize("typed", ["", "abc", "123", "+999 123 456 789", "601 234 56", "601 234 567 ext. 5", "\0"])
def test_what_nobody_can_call_is_refused(typed: str):
    with pytest.raises(rules.InvalidPhone) as refused:
        rules.normalised_phone(typed, "CZ")

    assert refused.value.facts() == {"phone": typed}


@pytest.mark.parametrize(
    ("time_zone", "currency", "language", "region"),
    [
        ("Europe/Prague", "CZK", "cs", "CZ"),
        ("Europe/Prague", "CZK", "en", "CZ"),
        ("Europe/Bratislava", "EUR", "sk", "SK"),
        ("Europe/Prague", "EUR", "sk", "SK"),
        ("Europe/Prague", "EUR", "cs", "CZ"),
        ("Europe/Vienna", "EUR", "sk", "AT"),
        ("UTC", "CZK", "cs", "CZ"),
        ("UTC", "XXX", "en", "US"),
        ("Etc/GMT+3", "XXX", "", "US"),
    ],
)
def test_a_number_without_a_country_is_of_where_the_programme_is(
    time_zone: str, currency: str, language: str, region: str
):
    assert rules.region(time_zone=time_zone, currency=currency, language=language) == region


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Žaneta  Příliš-Žluťoučká", "zaneta prilis-zlutoucka"),
        ("ĽUBOMÍR ôčäň", "lubomir ocan"),
        ("Straße", "strasse"),
        (" \t\n", ""),
    ],
)
def test_text_is_searched_without_case_and_diacritics(text: str, folded: str):
    assert rules.folded(text) == folded


def test_an_anonymous_customer_needs_nothing():
    rules.check_reachable(name="", identifier="", email="", phone="")


def test_a_customer_with_a_name_must_be_reachable():
    rules.check_reachable(name="Jana", identifier="", email="jana@example.org", phone="")
    rules.check_reachable(name="Jana", identifier="42", email="", phone="+420601234567")
    with pytest.raises(rules.Unreachable):
        rules.check_reachable(name="Jana", identifier="42", email="", phone="")


def test_an_identifier_needs_a_name():
    with pytest.raises(rules.NameMissing):
        rules.check_reachable(name="", identifier="42", email="jana@example.org", phone="")
