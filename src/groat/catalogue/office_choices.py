"""The office's pages about what a product leaves to choose: groups of choices, each kept by a form of its own."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from groat.catalogue import actions, rules
from groat.catalogue.forms import ChoiceForms, ChoiceGroupForm
from groat.catalogue.models import Product
from groat.errors import NotFound
from groat.programmes import access, desk
from groat.programmes.models import Programme
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

BLANK_ROWS = 3
"""Of a new group."""


@form_view
@access.staff_required(*access.MANAGE)
def group_new(request: HttpRequest, *, programme: Programme, product: UUID) -> HttpResponse:
    """Another group of choices of a product."""
    row = Product.named(programme_id=programme.id, public_id=product)
    if len(row.choice_groups) >= rules.MOST_GROUPS:
        toasts.failed(request, _("A product has at most %(most)s groups of choices.") % {"most": rules.MOST_GROUPS})
        return _back(row, programme)
    return _form(request, row, programme, None)


@form_view
@access.staff_required(*access.MANAGE)
def group_edit(request: HttpRequest, *, programme: Programme, product: UUID, group: UUID) -> HttpResponse:
    """A group's name and its choices."""
    row = Product.named(programme_id=programme.id, public_id=product)
    place = _place(row, group)
    return _form(request, row, programme, place)


def _form(request: HttpRequest, product: Product, programme: Programme, place: int | None) -> HttpResponse:
    now = {"choices": [{}] * BLANK_ROWS} if place is None else product.choice_groups[place]
    form = ChoiceGroupForm(request.POST or None, initial=now)
    choices = ChoiceForms(
        request.POST or None, initial=now["choices"], form_kwargs={"programme": programme}, prefix="choices"
    )
    if request.method == "POST" and form.is_valid() and choices.is_valid():
        groups: list[dict[str, Any]] = list(product.choice_groups)
        made = {"id": now.get("id"), **form.cleaned_data, "choices": _typed(choices)}
        groups[len(groups) if place is None else place : None if place is None else place + 1] = [made]
        saved = desk.attempt(
            form,
            lambda: actions.change_product(product=product, choice_groups=groups, deed=access.deed(request)),
            request=request,
        )
        if saved:
            return _changed(request, product, programme, _("%(group)s was saved.") % {"group": made["name"]})
    heading = _("New choices") if place is None else now["name"]
    return desk.render(
        request,
        "catalogue/choice_group.html",
        {"form": form, "choices": choices, "product": product, "heading": heading},
        status=desk.REFUSED if request.method == "POST" else 200,
    )


def _typed(choices: Any) -> list[dict[str, Any]]:
    """What the rows say, in their order; a row without a name is none."""
    rows = [form.cleaned_data for form in choices.ordered_forms if form.cleaned_data.get("name")]
    return [
        {
            "id": row["id"] or None,
            "name": row["name"],
            "price_minor": row["price_minor"] or 0,
            "is_sold": row["is_sold"],
        }
        for row in rows
    ]


@require_POST
@access.staff_required(*access.MANAGE)
def group_move(request: HttpRequest, *, programme: Programme, product: UUID, group: UUID) -> HttpResponse:
    """Ask for a group earlier at the till."""
    row = Product.named(programme_id=programme.id, public_id=product)
    place = _place(row, group)
    groups = list(row.choice_groups)
    groups.insert(max(0, place - 1), groups.pop(place))
    actions.change_product(product=row, choice_groups=groups, deed=access.deed(request))
    return _changed(request, row, programme, _("The order was saved."))


@require_POST
@access.staff_required(*access.MANAGE)
def group_remove(request: HttpRequest, *, programme: Programme, product: UUID, group: UUID) -> HttpResponse:
    """Remove a group with its choices; payments of the past keep their names and prices."""
    row = Product.named(programme_id=programme.id, public_id=product)
    groups = list(row.choice_groups)
    gone = groups.pop(_place(row, group))
    actions.change_product(product=row, choice_groups=groups, deed=access.deed(request))
    return _changed(request, row, programme, _("%(group)s was removed.") % {"group": gone["name"]})


@require_POST
@access.staff_required(*access.MANAGE)
def choices_undo(request: HttpRequest, *, programme: Programme, product: UUID) -> HttpResponse:
    """Take the last change of a product's choices back."""
    row = Product.named(programme_id=programme.id, public_id=product)
    actions.choices_back(product=row, deed=access.deed(request))
    return _changed(request, row, programme, _("It is as it was before."))


def _place(product: Product, group: UUID) -> int:
    """Where the group stands among the product's."""
    ids = [one["id"] for one in product.choice_groups]
    if str(group) not in ids:
        raise NotFound
    return ids.index(str(group))


def _changed(request: HttpRequest, product: Product, programme: Programme, said: str) -> HttpResponse:
    undo = reverse("choices_undo", kwargs={"programme": programme.slug, "product": product.public_id})
    toasts.done(request, said, undo_url=undo)
    return _back(product, programme)


def _back(product: Product, programme: Programme) -> HttpResponse:
    page = reverse("product_edit", kwargs={"programme": programme.slug, "product": product.public_id})
    return redirect(f"{page}#choices")


urlpatterns = [
    path("products/<uuid:product>/choices/new/", group_new, name="choice_group_new"),
    path("products/<uuid:product>/choices/undo/", choices_undo, name="choices_undo"),
    path("products/<uuid:product>/choices/<uuid:group>/", group_edit, name="choice_group_edit"),
    path("products/<uuid:product>/choices/<uuid:group>/move/", group_move, name="choice_group_move"),
    path("products/<uuid:product>/choices/<uuid:group>/remove/", group_remove, name="choice_group_remove"),
]
