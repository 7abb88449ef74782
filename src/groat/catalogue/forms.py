"""The forms by which products are kept."""

from datetime import date, time, timedelta
from typing import Any, override

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from groat.catalogue import rules
from groat.catalogue.models import Category, Pick
from groat.programmes.hours import TimeInput
from groat.programmes.models import Programme, Site
from groat.programmes.rules import usual_vat_rates
from groat.web.forms import DateInput, MinorField, PictureField, RateField, SwatchField, shown_rate


class CategoryForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("A tab on the till: coffee, lunch, entry."))
    position = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=9999,
        initial=0,
        help_text=_("Smaller numbers come first; the same number is ordered by name."),
    )

    swatch = SwatchField(required=False, may_be_none=True, help_text=_("Of the tab on the till."))

    refusal_fields = {"name_taken": "name"}


class ProductForm(forms.Form):
    """What is sold, for how much, and how its tile looks."""

    name = forms.CharField(label=_("Name"), max_length=80)
    swatch = SwatchField(initial="sea")
    picture = PictureField(
        label=_("Picture"),
        required=False,
        help_text=_("Shown on the till instead of the colour."),
    )
    position = forms.IntegerField(
        label=_("Order"), min_value=0, max_value=9999, initial=0, help_text=_("Smaller numbers come first.")
    )

    is_favourite = forms.BooleanField(
        label=_("Favourite"), required=False, help_text=_("The tills show favourites first.")
    )

    half = ("price_minor", "vat_rate", "category", "position")
    refusal_fields = {"amount_invalid": "price_minor"}

    def __init__(
        self, *args: Any, programme: Programme, categories: list[Category], has_picture: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.categories = {str(category.public_id): category for category in categories}
        self.fields["price_minor"] = MinorField.of_credits(programme, label=_("Price"))
        self.fields["category"] = forms.ChoiceField(
            label=_("Category"), choices=[(public_id, category.name) for public_id, category in self.categories.items()]
        )
        if programme.vat_rate is not None:
            self.fields["vat_rate"] = RateField(
                label=_("VAT"),
                usual=usual_vat_rates(currency=programme.currency, time_zone=programme.time_zone),
                required=False,
                help_text=_("Empty: %(rate)s, as in the settings.") % {"rate": shown_rate(programme.vat_rate)},
            )
        if has_picture:
            self.fields["without_picture"] = forms.BooleanField(label=_("Remove the picture"), required=False)
        self.order_fields(
            [
                "name",
                "price_minor",
                "vat_rate",
                "category",
                "swatch",
                "picture",
                "without_picture",
                "position",
                "is_favourite",
            ],
        )

    @property
    def category(self) -> Category:
        return self.categories[self.cleaned_data["category"]]


class SellingForm(forms.Form):
    """The sites at which a product is sold."""

    refusal_fields = {"value_invalid": "sites"}

    def __init__(self, *args: Any, sites: list[Site], **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = {str(site.public_id): site for site in sites}
        self.fields["sites"] = forms.MultipleChoiceField(
            label=_("Sold at"),
            choices=[(public_id, site.name) for public_id, site in self.known.items()],
            widget=forms.CheckboxSelectMultiple,
            required=bool(sites),
            help_text=_("With all of them ticked, sites that are yet to come sell it too."),
            error_messages={"required": _("Choose at least one site. What is sold nowhere is withdrawn instead.")},
        )

    @property
    def sites(self) -> list[Site] | None:
        """Those that were chosen; None for all."""
        chosen = self.cleaned_data["sites"]
        return None if len(chosen) == len(self.known) else [self.known[public_id] for public_id in chosen]


class PlanPriceForm(forms.Form):
    """A price, and from when on it is asked."""

    half = ("day", "time")
    refusal_fields = {"amount_invalid": "price_minor", "value_invalid": "day"}

    def __init__(self, *args: Any, programme: Programme, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price_minor"] = MinorField.of_credits(programme, label=_("New price"))
        self.fields["day"] = forms.DateField(
            label=pgettext_lazy("a beginning", "From"),
            widget=DateInput(earliest=today),
            initial=today + timedelta(days=1),
        )
        self.fields["time"] = forms.TimeField(
            label=pgettext_lazy("a time of day", "At"),
            widget=TimeInput,
            initial=time(),
            help_text=_("The tills, the programs of integrators and receipts change over at this very moment."),
        )


class ChoiceGroupForm(forms.Form):
    """What the choices are called together, and how many of them are taken."""

    name = forms.CharField(
        label=_("Name"), max_length=rules.LONGEST_NAME, help_text=_("As the till asks: Milk, Length, Extras.")
    )
    pick = forms.ChoiceField(label=_("How many are taken"), choices=Pick.choices, initial=Pick.AT_MOST_ONE)

    half = ("name", "pick")
    refusal_fields = {"name_taken": "name"}


class ChoiceForm(forms.Form):
    """One choice. Without a name it is none."""

    id = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Choice"),
        max_length=rules.LONGEST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_sold = forms.BooleanField(label=_("On sale"), required=False, initial=True)

    def __init__(self, *args: Any, programme: Programme, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price_minor"] = MinorField.of_credits(
            programme, label=_("Difference"), required=False, min_minor=None
        )
        self.order_fields(["id", "name", "price_minor", "is_sold"])

    @override
    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("price_minor") and not typed.get("name") and "name" not in self.errors:
            self.add_error("name", _("Name it, or leave its price empty too."))
        return typed


ChoiceForms = forms.formset_factory(
    ChoiceForm, extra=0, can_order=True, max_num=rules.MOST_CHOICES, absolute_max=rules.MOST_CHOICES, validate_max=True
)
"""The choices of a group, in the order in which the till shows them."""
