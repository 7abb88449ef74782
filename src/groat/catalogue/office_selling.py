"""The office's pages about how products are sold: at which sites and hours, dated prices, sold out, in which order."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from groat.catalogue import shelf
from groat.catalogue.forms import PlanPriceForm, SellingForm
from groat.catalogue.models import Category, Product
from groat.errors import NotFound, Refusal
from groat.programmes import access, desk, hours
from groat.programmes.hours import HoursForms
from groat.programmes.models import Programme, Site
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
@access.staff_required(*access.MANAGE)
def product_selling(request: HttpRequest, *, programme: Programme, product: UUID) -> HttpResponse:
    """The sites and the hours at which a product is sold."""
    row = Product.named(programme_id=programme.id, public_id=product)
    sites = list(Site.objects.filter(programme_id=programme.id, closed_at=None))
    sold = row.sold
    at = [str(site.public_id) for site in sites if sold.is_sold_at(site.id)]
    form = SellingForm(request.POST or None, sites=sites, initial={"sites": at})
    rows = HoursForms(request.POST or None, initial=hours.initial(sold.hours), prefix="hours")
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        saved = desk.attempt(
            form,
            lambda: shelf.sell_at(product=row, sites=form.sites, hours=hours.typed(rows), deed=access.deed(request)),
            request=request,
        )
        if saved:
            return _back(request, row, programme, _("%(product)s was saved.") % {"product": row.name})
    status = desk.REFUSED if request.method == "POST" else 200
    return desk.render(
        request, "catalogue/product_selling.html", {"form": form, "rows": rows, "product": row}, status=status
    )


# ---- Prices of the time to come ----


@form_view
@access.staff_required(*access.MANAGE)
def product_price(request: HttpRequest, *, programme: Programme, product: UUID) -> HttpResponse:
    """Date a price ahead."""
    row = Product.named(programme_id=programme.id, public_id=product)
    form = PlanPriceForm(request.POST or None, programme=programme, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        at = datetime.combine(form.cleaned_data["day"], form.cleaned_data["time"], ZoneInfo(programme.time_zone))
        saved = desk.attempt(
            form,
            lambda: shelf.plan_price(
                product=row, price_minor=form.cleaned_data["price_minor"], at=at, deed=access.deed(request)
            ),
            request=request,
        )
        if saved:
            said = _("From %(moment)s it costs something else.") % {"moment": _moment(at)}
            return _back(request, row, programme, said)
    return desk.render_form(
        request,
        form,
        heading=_("New price of %(product)s") % {"product": row.name},
        submit=_("Date the price"),
        back_url=_page(row, programme),
        back_label=row.name,
    )


@require_POST
@access.staff_required(*access.MANAGE)
def product_price_drop(request: HttpRequest, *, programme: Programme, product: UUID) -> HttpResponse:
    """Forget a price of the time to come."""
    row = Product.named(programme_id=programme.id, public_id=product)
    at = _instant(request.POST.get("at", ""))
    # Somebody else may have forgotten it before, or its time has come.
    if at and at in {price.at for price in row.sold.ahead(timezone.now())}:
        shelf.drop_price(product=row, at=at, deed=access.deed(request))
    return _back(request, row, programme, _("It stays at the price before."))


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


# ---- Sold out ----


@require_POST
@access.staff_required(*access.MANAGE)
def product_sold_out(request: HttpRequest, *, programme: Programme, product: UUID) -> HttpResponse:
    """Nothing is left of it, or there is some again."""
    row = Product.named(programme_id=programme.id, public_id=product)
    deed = access.deed(request)
    if request.POST.get("out") == "yes":
        shelf.sell_out(product=row, until=None, deed=deed)
        said = _("%(product)s is sold out.")
    else:
        shelf.sell_again(product=row, deed=deed)
        said = _("%(product)s is available again.")
    return _back(request, row, programme, said % {"product": row.name})


# ---- Order, and categories as a whole ----


@require_POST
@access.staff_required(*access.MANAGE)
def products_order(request: HttpRequest, *, programme: Programme, category: UUID) -> HttpResponse:
    """The order of a category's products on the till."""
    row = Category.named(programme_id=programme.id, public_id=category)
    return _ordered(request, lambda rows: shelf.order_products(category=row, products=rows, deed=access.deed(request)))


@require_POST
@access.staff_required(*access.MANAGE)
def categories_order(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The order of the tabs on the till."""
    return _ordered(
        request, lambda rows: shelf.order_categories(programme=programme, categories=rows, deed=access.deed(request))
    )


def _ordered(request: HttpRequest, put: Any) -> HttpResponse:
    try:
        put([UUID(text) for text in request.POST.getlist("order")])
    except ValueError as error:
        raise NotFound from error
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return HttpResponse(desk.worded(refusal, request=request), status=desk.REFUSED)
    return HttpResponse()


@require_POST
@access.staff_required(*access.MANAGE)
def category_withdraw(request: HttpRequest, *, programme: Programme, category: UUID) -> HttpResponse:
    """Take a category off the tills."""
    row = Category.named(programme_id=programme.id, public_id=category)
    shelf.withdraw_category(category=row, deed=access.deed(request))
    undo = reverse("category_restore", kwargs={"programme": programme.slug, "category": category})
    toasts.done(request, _("%(category)s is off the tills.") % {"category": row.name}, undo_url=undo)
    return redirect("products", programme=programme.slug)


@require_POST
@access.staff_required(*access.MANAGE)
def category_restore(request: HttpRequest, *, programme: Programme, category: UUID) -> HttpResponse:
    """Put a category back on the tills."""
    row = Category.named(programme_id=programme.id, public_id=category)
    shelf.restore_category(category=row, deed=access.deed(request))
    toasts.done(request, _("%(category)s is on the tills again.") % {"category": row.name})
    return redirect("products", programme=programme.slug)


# ---- What the product's page shows of it ----


def about(product: Product, *, programme: Programme) -> dict[str, Any]:
    """Where, when and at what prices a product is sold, in words."""
    now, sold = timezone.now(), product.sold
    sites = Site.objects.filter(programme_id=programme.id, pk__in=sold.sites) if sold.sites is not None else None
    history = [(datetime.fromisoformat(at), minor) for at, minor in product.price_history]
    before_minor = product.price_minor
    for price in sold.due(now):
        history.append((price.at, before_minor))
        before_minor = price.price_minor
    return {
        "sites": None if sites is None else [site.name for site in sites],
        "hours": hours.when(sold.hours),
        "price_minor": product.price_at(now),
        "ahead": [(price, _moment(price.at), price.at.isoformat()) for price in sold.ahead(now)],
        "history": [(_moment(at), minor) for at, minor in reversed(history)],
        "is_out": sold.is_sold_out(now),
        "back_at": sold.back_at,
    }


def _moment(at: datetime) -> str:
    return str(formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT"))


def _page(product: Product, programme: Programme) -> str:
    return reverse("product_edit", kwargs={"programme": programme.slug, "product": product.public_id})


def _back(request: HttpRequest, product: Product, programme: Programme, said: str) -> HttpResponse:
    toasts.done(request, said)
    return redirect(f"{_page(product, programme)}#selling")


urlpatterns = [
    path("products/order/", categories_order, name="categories_order"),
    path("products/categories/<uuid:category>/order/", products_order, name="products_order"),
    path("products/categories/<uuid:category>/withdraw/", category_withdraw, name="category_withdraw"),
    path("products/categories/<uuid:category>/restore/", category_restore, name="category_restore"),
    path("products/<uuid:product>/selling/", product_selling, name="product_selling"),
    path("products/<uuid:product>/price/", product_price, name="product_price"),
    path("products/<uuid:product>/price/drop/", product_price_drop, name="product_price_drop"),
    path("products/<uuid:product>/sold-out/", product_sold_out, name="product_sold_out"),
]
