"""The forms by which a programme is opened and set up."""

from typing import Any, override

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groat.catalogue.models import Category, Product
from groat.openings import rules
from groat.programmes.forms import ZONES, SiteForm, TillForm
from groat.programmes.models import Programme
from groat.web import money
from groat.web.forms import MinorField

__all__ = ["CardForm", "CodeForm", "ItemForm", "ItemForms", "LoginForm", "OpeningForm", "SiteForm", "TillForm"]


class CodeForm(forms.Form):
    """The code that lets somebody open a programme."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Three groups of four signs, from whoever runs this installation."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    refusal_fields = {"opening_code_not_good": "code"}


class LoginForm(CodeForm):
    """The code, and with what its holder will sign in."""

    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("You sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        help_text=_("At least 10 characters, and none of the common ones."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
    )

    refusal_fields = {**CodeForm.refusal_fields, "has_login": "email", "password_weak": "password"}


CURRENCIES = ("CZK", "EUR", "PLN", "HUF", "RON", "GBP", "USD", "CHF", "SEK", "DKK", "NOK")


class OpeningForm(forms.Form):
    """What a programme is called and what its credits are. Its unit is for good."""

    name = forms.CharField(
        label=_("Name of the programme"),
        max_length=120,
        help_text=_("As your customers know you."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("For customers who chose none of their own.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=[(name, name.replace("_", " ")) for name in ZONES])
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=[(code, code) for code in CURRENCIES],
        help_text=_("In which your customers pay for credits. It cannot be changed later."),
    )
    unit = forms.ChoiceField(
        label=_("What your customers have on their cards"),
        choices=[("currency", _("Money of this currency")), ("own", _("A credit of our own"))],
        initial="currency",
        widget=forms.RadioSelect,
    )
    credit_name = forms.CharField(
        label=_("Name of the credit"),
        max_length=20,
        required=False,
        help_text=_("Stands behind every amount: credits, points, beans."),
    )
    credit_decimals = forms.TypedChoiceField(
        label=_("Decimals"),
        choices=[(0, "1"), (1, "1.0"), (2, "1.00")],
        coerce=int,
        initial=0,
        required=False,
        empty_value="0",
        help_text=_("How finely a credit is counted. It cannot be changed later."),
    )
    price = forms.CharField(
        label=_("Price of one credit"),
        max_length=20,
        required=False,
        initial="1",
        help_text=_("In the currency above. It may be changed for credits sold later."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    half = ("language", "time_zone", "credit_decimals", "price")
    own = ("credit_name", "credit_decimals", "price")
    """Asked for a credit of one's own alone."""
    refusal_fields = {"address_taken": "name"}

    @override
    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        currency = typed.get("currency", "EUR")
        if typed.get("unit") == "own":
            if not typed.get("credit_name"):
                self.add_error("credit_name", _("Name it: it stands behind every amount."))
            typed["credit_decimals"] = int(typed.get("credit_decimals") or 0)
            typed["price_minor"] = self._price(typed.get("price", ""), currency)
        else:
            typed["credit_name"] = money.currency_symbol(currency, language=typed.get("language") or "en")
            typed["credit_decimals"] = money.currency_decimals(currency)
            typed["price_minor"] = 10 ** money.currency_decimals(currency)
        return typed

    def _price(self, text: str, currency: str) -> int | None:
        field = MinorField(decimals=money.currency_decimals(currency), min_minor=1)
        try:
            price_minor: int | None = field.clean(text)
        except forms.ValidationError as error:
            self.add_error("price", error)
            return None
        return price_minor

    def opened(self) -> dict[str, Any]:
        """What `actions.open_programme` takes."""
        names = ("name", "credit_name", "credit_decimals", "currency", "price_minor", "time_zone", "language")
        return {name: self.cleaned_data[name] for name in names}


def usual_zone(language: str | None) -> str:
    """Where somebody who reads this language most likely is."""
    return "Europe/Bratislava" if language == "sk" else "Europe/Prague"


def usual_currency(language: str | None) -> str:
    """With what somebody who reads this language most likely pays."""
    return "CZK" if language == "cs" else "EUR"


class ItemForm(forms.Form):
    """A product to be put on sale. A row in which nothing is typed is none."""

    name = forms.CharField(
        label=_("Product"),
        max_length=Product._meta.get_field("name").max_length,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    category = forms.CharField(
        label=_("Category"),
        max_length=Category._meta.get_field("name").max_length,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "categories"}),
    )
    swatch = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price_minor"] = MinorField.of_credits(programme, label=_("Price"), required=False)
        self.order_fields(["name", "price_minor", "category", "swatch"])

    @override
    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        has_price = typed.get("price_minor") is not None or "price_minor" in self.errors
        if has_price and not typed.get("name") and "name" not in self.errors:
            self.add_error("name", _("Name it, or leave its price empty too."))
        if typed.get("name") and not has_price:
            self.add_error("price_minor", _("What does it cost?"))
        return typed


ItemForms = forms.formset_factory(
    ItemForm, extra=0, max_num=rules.MOST_ITEMS, absolute_max=rules.MOST_ITEMS, validate_max=True
)
"""The products that are put on sale together."""


class CardForm(forms.Form):
    """Whose the first card is, what is on it, and its number."""

    name = forms.CharField(
        label=_("Whose card is it?"),
        max_length=120,
        help_text=_("Your own name will do: it is a card to try with."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("Who has a name here can be reached, too."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    token = forms.CharField(
        label=_("Card number"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    refusal_fields = dict.fromkeys(("token_invalid", "token_random", "code_of_nobody", "card_taken"), "token")
    half = ("name", "email")

    def __init__(self, *args: Any, programme: Programme, deposit_minor: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["deposit_minor"] = MinorField.of_credits(
            programme,
            label=_("First deposit"),
            required=False,
            initial=deposit_minor,
            help_text=_("Paid in cash now. Enough for a few coffees."),
        )
        self.order_fields(["name", "email", "deposit_minor", "token"])
