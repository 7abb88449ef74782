"""The fields that Groat's forms share, and how forms are shown."""

from dataclasses import dataclass
from datetime import date

import pytest
from django import forms
from django.utils import translation

from groat.web.forms import DateInput, MinorField, SwatchField

NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Unit:
    credit_name: str = "Kč"
    credit_decimals: int = 2
    currency: str = "EUR"


class Sale(forms.Form):
    half = ("amount",)
    amount = MinorField.of_credits(Unit(), label="Amount", help_text="What is paid.", min_minor=1, max_minor=100000)
    note = forms.CharField(required=False)
    swatch = SwatchField(required=False)


def errors_of(text: str) -> list[str]:
    return [str(error) for error in Sale({"amount": text})["amount"].errors]


def test_what_is_typed_becomes_whole_minor_units() -> None:
    form = Sale({"amount": "12,50"})
    assert form.is_valid()
    assert form.cleaned_data == {"amount": 1250, "note": "", "swatch": ""}
    assert type(form.cleaned_data["amount"]) is int


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "This field is required."),
        ("a lot", f"Enter an amount such as 12.50{NBSP}Kč."),
        ("12,505", f"This could be two amounts. Write 12,505.00{NBSP}Kč or 12.50{NBSP}Kč."),
        ("1.505", "At most 2 digits may follow the decimal sign."),
        ("0", f"Enter at least 0.01{NBSP}Kč."),
        ("1000.01", f"Enter at most 1,000.00{NBSP}Kč."),
        ("99999999999999", "This amount is too large."),
    ],
)
def test_a_wrong_amount_says_what_is_right(text: str, error: str) -> None:
    with translation.override("en"):
        assert errors_of(text) == [error]


def test_a_unit_without_decimals_asks_for_a_whole_number() -> None:
    with pytest.raises(forms.ValidationError) as refused:
        MinorField(decimals=0).clean("1.5")
    assert refused.value.code == "whole"


def test_an_optional_amount_may_be_left_out() -> None:
    assert MinorField(decimals=2, required=False).clean("  ") is None


def test_a_debt_is_typed_only_where_it_is_allowed() -> None:
    assert MinorField(decimals=2, min_minor=None).clean("-500") == -50000
    with pytest.raises(forms.ValidationError) as refused:
        MinorField(decimals=2).clean("-500")
    assert refused.value.code == "min_minor"


def test_currency_brings_its_own_decimals() -> None:
    field = MinorField.of_currency(Unit(currency="JPY"))
    assert (field.decimals, field.unit) == (0, "¥")


def test_an_amount_is_shown_as_people_write_it() -> None:
    form = Sale(initial={"amount": 125050})
    with translation.override("cs"):
        assert f'value="1{NBSP}250,50"' in str(form["amount"])


def test_what_was_typed_stays_as_it_was_typed() -> None:
    assert 'value="12 kroner"' in str(Sale({"amount": "12 kroner"})["amount"])


def test_an_unchanged_amount_counts_as_unchanged() -> None:
    assert Sale({"amount": "12.50"}, initial={"amount": 1250}).changed_data == []
    assert Sale({"amount": "12.51"}, initial={"amount": 1250}).changed_data == ["amount"]


def test_a_field_is_tied_to_its_label_its_help_and_its_error() -> None:
    shown = Sale({"amount": "x"})["amount"].as_field_group()
    assert '<label for="id_amount">Amount</label>' in shown
    assert 'aria-describedby="id_amount_helptext id_amount_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="id_amount_helptext">What is paid.' in shown
    assert '<ul class="errors" id="id_amount_error">' in shown


def test_the_unit_stands_behind_the_amount() -> None:
    assert '<span class="unit" aria-hidden="true">Kč</span>' in str(Sale()["amount"])


def test_what_may_be_left_out_says_so() -> None:
    with translation.override("en"):
        shown = {name: Sale()[name].as_field_group() for name in ("amount", "note")}
    assert ["(optional)" in text for text in shown.values()] == [False, True]


def test_half_a_row_is_asked_for_by_the_form() -> None:
    shown = str(Sale())
    assert shown.count("field-half") == 1


def test_a_colour_is_one_of_the_ten() -> None:
    assert SwatchField().clean("moss") == "moss"
    with pytest.raises(forms.ValidationError):
        SwatchField().clean("red; background: url(x)")


def test_a_date_is_exchanged_as_the_browser_wants_it() -> None:
    field = forms.DateField(widget=DateInput(earliest=date(2026, 3, 4)))
    shown = field.widget.render("day", date(2026, 3, 31))
    assert '<input type="date" name="day" value="2026-03-31" min="2026-03-04">' in shown


def test_no_form_needs_what_the_content_security_policy_forbids() -> None:
    shown = str(Sale({"amount": "x"}))
    assert "style=" not in shown
    assert "<script" not in shown
