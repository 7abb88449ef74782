"""The office's pages about what is sold."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.catalogue import actions, office_choices, office_places, office_selling, queries
from groat.catalogue.forms import CategoryForm, ProductForm
from groat.catalogue.models import Category, Product
from groat.errors import Refusal
from groat.programmes import access, desk, hours
from groat.programmes.models import Programme, Role
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

A_YEAR = 365 * 24 * 3600
_TYPED = ("name", "price_minor", "swatch", "position", "is_favourite")


@require_GET
@access.staff_required(*access.OFFICE)
def products(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Everything that is or was sold, by category."""
    text = request.GET.get("q", "").strip()
    categories = queries.catalogue(programme_id=programme.id, text=text)
    now = timezone.now()
    shown = [
        (category, [_Row(product, now) for product in category.products.all()])
        for category in categories
        if category.products.all() or not text
    ]
    return desk.render_list(
        request, "catalogue/products.html", {"categories": shown, "has_any": bool(categories), "text": text}
    )


class _Row:
    """A product in the list, as it is sold now."""

    def __init__(self, product: Product, now: datetime) -> None:
        sold = product.sold
        self.product = product
        self.price_minor = product.price_at(now)
        self.is_out = sold.is_sold_out(now)
        self.next_price = next(iter(sold.ahead(now)), None)
        self.is_everywhere = sold.sites is None
        self.hours = hours.when(sold.hours)


# ---- Categories ----


@form_view
@access.staff_required(*access.MANAGE)
def category_new(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    form = CategoryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        category = desk.attempt(
            form,
            lambda: actions.add_category(programme=programme, **form.cleaned_data, deed=access.deed(request)),
            request=request,
        )
        if category:
            toasts.done(request, _("%(category)s was added.") % {"category": category.name})
            return redirect(f"{_to('product_new', programme)}?category={category.public_id}")
    return _page(request, form, programme, heading=_("New category"), submit=_("Add the category"))


@form_view
@access.staff_required(*access.MANAGE)
def category_edit(request: HttpRequest, *, programme: Programme, category: UUID) -> HttpResponse:
    row = Category.named(programme_id=programme.id, public_id=category)
    form = CategoryForm(
        request.POST or None, initial={"name": row.name, "position": row.position, "swatch": row.swatch}
    )
    if request.method == "POST" and form.is_valid():
        changed = desk.attempt(
            form,
            lambda: actions.change_category(category=row, **form.cleaned_data, deed=access.deed(request)),
            request=request,
        )
        if changed:
            toasts.done(request, _("%(category)s was saved.") % {"category": changed.name})
            return redirect("products", programme=programme.slug)
    return _page(request, form, programme, heading=row.name, submit=_("Save"))


@require_POST
@access.staff_required(*access.MANAGE)
def category_remove(request: HttpRequest, *, programme: Programme, category: UUID) -> HttpResponse:
    """Remove a category in which nothing ever was."""
    row = Category.named(programme_id=programme.id, public_id=category)
    try:
        actions.remove_category(category=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("%(category)s was removed.") % {"category": row.name})
    return redirect("products", programme=programme.slug)


# ---- Products ----


@form_view
@access.staff_required(*access.MANAGE)
def product_new(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    categories = list(Category.objects.filter(programme_id=programme.id))
    if not categories:
        return redirect("category_new", programme=programme.slug)
    form = ProductForm(
        request.POST or None,
        request.FILES or None,
        programme=programme,
        categories=categories,
        initial={"category": request.GET.get("category", "")},
    )
    if request.method == "POST" and form.is_valid():
        product = desk.attempt(
            form,
            lambda: actions.add_product(programme=programme, **_asked(form), deed=access.deed(request)),
            request=request,
        )
        if product:
            toasts.done(request, _("%(product)s is on sale.") % {"product": product.name})
            if "another" in request.POST:
                return redirect(f"{_to('product_new', programme)}?category={form.category.public_id}")
            return redirect("products", programme=programme.slug)
    return _product_page(request, form, heading=_("New product"))


@form_view
@access.staff_required(*access.MANAGE)
def product_edit(request: HttpRequest, *, programme: Programme, product: UUID) -> HttpResponse:
    row = Product.named(programme_id=programme.id, public_id=product)
    categories = list(Category.objects.filter(programme_id=programme.id))
    now = {name: getattr(row, name) for name in (*_TYPED, "vat_rate")} | {"price_minor": row.price_at(timezone.now())}
    now["category"] = next(str(one.public_id) for one in categories if one.id == row.category_id)
    form = ProductForm(
        request.POST or None,
        request.FILES or None,
        programme=programme,
        categories=categories,
        has_picture=bool(row.picture),
        initial=now,
    )
    if request.method == "POST" and form.is_valid():
        changed = desk.attempt(
            form,
            lambda: actions.change_product(product=row, **_asked(form), deed=access.deed(request)),
            request=request,
        )
        if changed:
            toasts.done(request, _("%(product)s was saved.") % {"product": changed.name})
            return redirect("products", programme=programme.slug)
    return _product_page(request, form, heading=row.name, product=row)


def _asked(form: ProductForm) -> dict[str, Any]:
    """What the action is to make of the form; a picture only if it changes."""
    typed = form.cleaned_data
    asked = {name: typed[name] for name in (*_TYPED, "vat_rate") if name in typed} | {"category": form.category}
    if typed["picture"]:
        asked["picture"] = typed["picture"]
    elif typed.get("without_picture"):
        asked["picture"] = None
    return asked


@require_POST
@access.staff_required(*access.MANAGE)
def product_favourite(request: HttpRequest, *, programme: Programme, product: UUID) -> HttpResponse:
    """Have the tills show a product first, or no longer."""
    row = Product.named(programme_id=programme.id, public_id=product)
    is_favourite = request.POST.get("favourite") == "yes"
    actions.change_product(product=row, is_favourite=is_favourite, deed=access.deed(request))
    said = _("%(product)s is a favourite now.") if is_favourite else _("%(product)s is no favourite any more.")
    toasts.done(request, said % {"product": row.name})
    return redirect("products", programme=programme.slug)


@require_POST
@access.staff_required(*access.MANAGE)
def product_withdraw(request: HttpRequest, *, programme: Programme, product: UUID) -> HttpResponse:
    """Take a product off the tills."""
    row = Product.named(programme_id=programme.id, public_id=product)
    try:
        actions.withdraw(product=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        undo = _to("product_restore", programme, product=product)
        toasts.done(request, _("%(product)s is off the tills.") % {"product": row.name}, undo_url=undo)
    return redirect("products", programme=programme.slug)


@require_POST
@access.staff_required(*access.MANAGE)
def product_restore(request: HttpRequest, *, programme: Programme, product: UUID) -> HttpResponse:
    """Put a withdrawn product on sale again."""
    row = Product.named(programme_id=programme.id, public_id=product)
    try:
        actions.restore(product=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("%(product)s is on sale again.") % {"product": row.name})
    return redirect("products", programme=programme.slug)


@require_GET
@access.staff_required(*Role)
def product_picture(_request: HttpRequest, *, programme: Programme, product: UUID, name: str) -> HttpResponseBase:
    """A product's picture, to whoever works here. Its address changes with it, so that it may be kept for ever."""
    row = Product.named(programme_id=programme.id, public_id=product)
    if not row.picture or row.picture_name != name:
        raise Http404
    try:
        response = FileResponse(row.picture.open("rb"), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error
    patch_cache_control(response, private=True, max_age=A_YEAR, immutable=True)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _to(name: str, programme: Programme, **ids: UUID) -> str:
    return reverse(name, kwargs={"programme": programme.slug, **ids})


def _page(request: HttpRequest, form: CategoryForm, programme: Programme, **words: str) -> HttpResponse:
    return desk.render_form(request, form, back_url=_to("products", programme), back_label=_("Products"), **words)


def _product_page(
    request: HttpRequest, form: ProductForm, *, heading: str, product: Product | None = None
) -> HttpResponse:
    selling = office_selling.about(product, programme=access.programme_of(request)) if product else None
    return desk.render_form(request, form, "catalogue/product.html", heading=heading, product=product, selling=selling)


urlpatterns = [
    path("products/", products, name="products"),
    path("products/new/", product_new, name="product_new"),
    path("products/<uuid:product>/", product_edit, name="product_edit"),
    path("products/<uuid:product>/favourite/", product_favourite, name="product_favourite"),
    path("products/<uuid:product>/withdraw/", product_withdraw, name="product_withdraw"),
    path("products/<uuid:product>/restore/", product_restore, name="product_restore"),
    *office_choices.urlpatterns,
    *office_selling.urlpatterns,
    *office_places.urlpatterns,
    path("products/<uuid:product>/<str:name>", product_picture, name="product_picture"),
    path("products/categories/new/", category_new, name="category_new"),
    path("products/categories/<uuid:category>/", category_edit, name="category_edit"),
    path("products/categories/<uuid:category>/remove/", category_remove, name="category_remove"),
]
