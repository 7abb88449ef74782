"""The forms by which products are kept."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from groat.catalogue.models import Category
from groat.programmes.models import Programme
from groat.web.forms import MinorField, SwatchField


class CategoryForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("A tab on the till: coffee, lunch, entry."))
    position = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=9999,
        initial=0,
        help_text=_("Smaller numbers come first; the same number is ordered by name."),
    )

    refusal_fields = {"name_taken": "name"}


class ProductForm(forms.Form):
    """What is sold, for how much, and how its tile looks."""

    name = forms.CharField(label=_("Name"), max_length=80)
    swatch = SwatchField(initial="sea")
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=_("Shown on the till instead of the colour."),
    )
    position = forms.IntegerField(
        label=_("Order"), min_value=0, max_value=9999, initial=0, help_text=_("Smaller numbers come first.")
    )

    half = ("price_minor", "category", "position")
    refusal_fields = {"picture_invalid": "picture", "picture_too_large": "picture", "amount_invalid": "price_minor"}

    def __init__(
        self, *args: Any, programme: Programme, categories: list[Category], has_picture: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.categories = {str(category.public_id): category for category in categories}
        self.fields["price_minor"] = MinorField.of_credits(programme, label=_("Price"))
        self.fields["category"] = forms.ChoiceField(
            label=_("Category"), choices=[(public_id, category.name) for public_id, category in self.categories.items()]
        )
        if has_picture:
            self.fields["without_picture"] = forms.BooleanField(label=_("Remove the picture"), required=False)
        self.order_fields(
            ["name", "price_minor", "category", "swatch", "picture", "without_picture", "position"],
        )

    @property
    def category(self) -> Category:
        return self.categories[self.cleaned_data["category"]]
