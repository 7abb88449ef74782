"""The office's pages about which categories a site sells, and a till."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from groat.catalogue import shelf
from groat.catalogue.models import Category
from groat.programmes import access, desk
from groat.programmes.models import Programme, Site, Till
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

ALL, SOME = "all", "some"


class CategoriesForm(forms.Form):
    """All that is sold elsewhere too, or some categories of it."""

    which = forms.ChoiceField(label=gettext_lazy("What is sold here"), widget=forms.RadioSelect)
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Categories"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "They count only when not everything is sold. A free amount can be charged at any till."
        ),
    )

    def __init__(self, *args: Any, categories: list[Category], everything: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = {str(category.public_id): category for category in categories}
        which: Any = self.fields["which"]
        which.choices = [(ALL, everything), (SOME, gettext_lazy("These categories"))]
        chosen: Any = self.fields["categories"]
        chosen.choices = [(public_id, category.name) for public_id, category in self.known.items()]

    @property
    def chosen(self) -> list[Category] | None:
        """The categories; None for everything."""
        if self.cleaned_data["which"] == ALL:
            return None
        return [self.known[public_id] for public_id in self.cleaned_data["categories"]]


@form_view
@access.staff_required(*access.MANAGE)
def site_sells(request: HttpRequest, *, programme: Programme, site: UUID) -> HttpResponse:
    """What the tills of a site sell."""
    return _page(request, programme, Site.named(programme_id=programme.id, public_id=site), _("Everything"))


@form_view
@access.staff_required(*access.MANAGE)
def till_sells(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """What a till sells."""
    return _page(request, programme, Till.named(programme_id=programme.id, public_id=till), _("The same as its site"))


def _page(request: HttpRequest, programme: Programme, place: Site | Till, everything: str) -> HttpResponse:
    categories = list(Category.objects.filter(programme_id=programme.id, withdrawn_at=None))
    kept = place.category_ids
    now = [str(one.public_id) for one in categories if kept is None or one.id in kept]
    initial = {"which": ALL if kept is None else SOME, "categories": now}
    form = CategoriesForm(request.POST or None, categories=categories, everything=everything, initial=initial)
    if request.method == "POST" and form.is_valid():
        shelf.sell_only(place=place, categories=form.chosen, deed=access.deed(request))
        toasts.done(request, _("%(place)s was saved.") % {"place": place.name})
        return redirect("sites", programme=programme.slug)
    return desk.render_form(
        request,
        form,
        heading=_("What %(place)s sells") % {"place": place.name},
        submit=_("Save"),
        back_url=reverse("sites", kwargs={"programme": programme.slug}),
        back_label=_("Sites and tills"),
    )


urlpatterns = [
    path("sites/<uuid:site>/sells/", site_sells, name="site_sells"),
    path("sites/tills/<uuid:till>/sells/", till_sells, name="till_sells"),
]
