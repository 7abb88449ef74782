"""The living page of all components: in the demo alone, for whoever designs with them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from groat.web import tags, toasts
from groat.web.forms import DateInput, MinorField, SwatchField
from groat.web.swatches import SWATCHES

COLOURS = (
    "sunken", "paper", "surface", "raised", "ink", "ink-soft", "ink-faint", "line", "line-control",
    "accent", "accent-strong", "accent-soft", "good", "good-soft", "bad", "bad-soft", "warn", "warn-soft",
)  # fmt: skip
SIZES = ("4xl", "3xl", "2xl", "xl", "l", "m", "s", "xs")
SPACES = tuple(f"s{step}" for step in range(1, 9))
TONES = ("good", "bad", "warn", "info")


@dataclass(frozen=True, slots=True)
class Example:
    """A programme's unit, for amounts."""

    credit_decimals: int = 2
    credit_name: str = "Kč"
    currency: str = "CZK"


class ExampleForm(forms.Form):
    """A field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("As it stands on the account."))
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea)
    means = forms.ChoiceField(
        label=_("Paid by"), choices=[("cash", _("Cash")), ("card", _("Payment card"))], widget=forms.RadioSelect
    )
    site = forms.ChoiceField(label=_("Site"), choices=[("a", "Café"), ("b", "Gym")])
    day = forms.DateField(label=_("Good until the end of"), required=False, widget=DateInput())
    swatch = SwatchField()
    tick = forms.BooleanField(label=_("Anonymous: known only by a card"), required=False)

    half = ("site", "day")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"] = MinorField.of_credits(Example(), label=_("Credits bought"), min_minor=1)


def in_the_demo[**P](view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """Outside the demo there is no such page."""

    def shown(*args: P.args, **named: P.kwargs) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return view(*args, **named)

    return shown


@in_the_demo
@require_GET
def design(request: HttpRequest) -> HttpResponse:
    """Colours, type, space and every component, as the pages use them."""
    wrong = ExampleForm({"name": "", "amount": "12,345", "means": "cheque", "site": "a", "swatch": "sea"})
    return render(
        request,
        "web/design.html",
        {
            "colours": COLOURS,
            "sizes": SIZES,
            "spaces": SPACES,
            "tones": TONES,
            "swatches": SWATCHES,
            "icons": tags.icons(),
            "unit": Example(),
            "form": ExampleForm(),
            "wrong": wrong,
            "at": datetime(2026, 5, 3, 11, 42, tzinfo=UTC),
        },
    )


@in_the_demo
@require_POST
def say(request: HttpRequest, *, tone: str) -> HttpResponse:
    """A toast of this tone; a good one can be taken back, which says so."""
    undo_url = reverse("design_say", kwargs={"tone": "info"})
    says: dict[str, Callable[[], None]] = {
        "good": lambda: toasts.done(request, _("Saved."), undo_url=undo_url),
        "bad": lambda: toasts.failed(request, _("That did not work.")),
        "warn": lambda: messages.warning(request, _("The network is slow.")),
        "info": lambda: messages.info(request, _("Undone.")),
    }
    if tone not in says:
        raise Http404
    says[tone]()
    return redirect("design")


urlpatterns = [
    path("office/design/", design, name="design"),
    path("office/design/<slug:tone>/", say, name="design_say"),
]
