"""How refusals are told to people."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django import forms
from django.db import models
from django.utils import timezone, translation

import groat
from groat.errors import NotFound, Refusal
from groat.web.refusals import worded

NBSP = "\N{NO-BREAK SPACE}"


class Reason(models.TextChoices):
    LOST = "lost", "reported as lost"


@dataclass(unsafe_hash=True)
class Short(Refusal):
    code = "short"
    sentence = "%(missing_minor)s is missing, %(paid_currency_minor)s was paid."
    missing_minor: int
    paid_currency_minor: int


@dataclass(unsafe_hash=True)
class Told(Refusal):
    code = "told"
    sentence = "%(reason)s at %(at)s: %(names)s, %(count)s"
    reason: Reason
    at: datetime
    names: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Unit:
    credit_name: str = "Kč"
    credit_decimals: int = 2
    currency: str = "EUR"


def test_amounts_are_told_in_the_programmes_units() -> None:
    with translation.override("en"):
        assert worded(Short(1250, 200), programme=Unit()) == f"12.50{NBSP}Kč is missing, €2.00 was paid."


def test_amounts_are_told_as_the_language_writes_numbers() -> None:
    with translation.override("cs"):
        assert worded(Short(125000, 0), programme=Unit()).startswith(f"1{NBSP}250,00{NBSP}Kč")


def test_without_a_programme_an_amount_is_not_told_a_hundredfold() -> None:
    with translation.override("en"):
        assert worded(Short(1250, 1)) == "1,250 minor units is missing, 1 minor unit was paid."


def test_other_facts_are_told_as_people_say_them() -> None:
    at = datetime(2026, 3, 4, 10, 22, tzinfo=UTC)
    with translation.override("en"), timezone.override("Europe/Prague"):
        sentence = worded(Told(Reason.LOST, at, ("Jana", "Petr"), 2))
    assert sentence == "reported as lost at 4 Mar 2026, 11:22: Jana, Petr, 2"


def test_a_refusal_without_facts_is_its_sentence() -> None:
    with translation.override("en"):
        assert worded(NotFound()) == "There is nothing here by that name."


def every_refusal() -> Iterator[type[Refusal]]:
    for module in pkgutil.walk_packages(groat.__path__, "groat."):
        if module.name.rsplit(".", 1)[-1] in {"rules", "refusals", "errors", "tokens", "decisions"}:
            importlib.import_module(module.name)
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        yield from (refusal for refusal in below if refusal.__module__.startswith("groat.") and "code" in vars(refusal))


@pytest.mark.parametrize("refusal", sorted(every_refusal(), key=str))
def test_each_refusal_has_the_facts_that_its_sentence_names(refusal: type[Refusal]) -> None:
    named = set(re.findall(r"%\((\w+)\)s", refusal.sentence))
    known = set(getattr(refusal, "__dataclass_fields__", ()))
    assert named <= known
    assert re.sub(r"%\(\w+\)s", "", refusal.sentence).count("%") == 0
    assert refusal.sentence.endswith((".", "?", "!"))


def test_no_two_refusals_share_a_code() -> None:
    codes = [refusal.code for refusal in every_refusal()]
    assert sorted(codes) == sorted(set(codes))


def every_form() -> Iterator[type[forms.BaseForm]]:
    for module in pkgutil.walk_packages(groat.__path__, "groat."):
        if module.name.rsplit(".", 1)[-1] == "forms":
            importlib.import_module(module.name)
    waiting: list[type[forms.BaseForm]] = [forms.BaseForm]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        yield from (form for form in below if form.__module__.startswith("groat.") and "refusal_fields" in vars(form))


def test_each_code_for_which_a_form_has_a_place_is_some_refusals() -> None:
    codes = {refusal.code for refusal in every_refusal()}
    listed = {form: set(vars(form)["refusal_fields"]) for form in every_form()}
    assert listed
    assert {form: unknown for form, known in listed.items() if (unknown := known - codes)} == {}
