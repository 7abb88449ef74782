"""The office's pages by which a new programme is set up: one step a page, each skipped and come back to at will."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from groat.catalogue.models import Category
from groat.notifications import queries as outbox
from groat.openings import actions, queries, rules, starters
from groat.openings.forms import CardForm, ItemForms, SiteForm, TillForm
from groat.programmes import access, desk, staffing
from groat.programmes import actions as programmes
from groat.programmes import queries as programmes_queries
from groat.programmes.forms import EngageForm
from groat.programmes.models import Programme, Role, Sector, Site
from groat.reports.queries import Progress, progress
from groat.topups.rules import usual_amounts
from groat.web import money, policy, toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

_DEMO_TRAY = "groat.demo.tray"
_EMPTY_ROWS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the setting up, as one person sees it on one page."""

    label: str | Promise
    url: str
    is_done: bool
    is_current: bool


STEPS: tuple[tuple[str, str | Promise, frozenset[Role]], ...] = (
    ("site", gettext_lazy("Site"), access.MANAGE),
    ("products", gettext_lazy("Products"), access.MANAGE),
    ("till", gettext_lazy("Till"), access.MANAGE),
    ("staff", gettext_lazy("Staff"), access.OWNER),
    ("card", gettext_lazy("First card"), access.MANAGE),
)
"""In order: the name, its label, and who may do it. Which are done is read from what there is."""


def _done(programme: Programme, so_far: Progress) -> dict[str, bool]:
    """Which steps there is nothing left of."""
    return {
        "site": so_far.site,
        "products": so_far.product,
        "till": so_far.till,
        "staff": queries.has_colleagues(programme),
        "card": so_far.card,
    }


def _steps(request: HttpRequest, current: str, so_far: Progress) -> list[Step]:
    staff = access.staff_of(request)
    done = _done(staff.programme, so_far)
    return [
        Step(label, _url(staff.programme, name), done[name], name == current)
        for name, label, roles in STEPS
        if staff.role in roles
    ]


def _url(programme: Programme, name: str) -> str:
    return reverse(f"setup_{name}", kwargs={"programme": programme.slug})


def _after(request: HttpRequest, name: str) -> str:
    """The address of the step behind this one: where one goes on, and what skips this one."""
    staff = access.staff_of(request)
    mine = [step for step, _label, roles in STEPS if staff.role in roles]
    following = mine[mine.index(name) + 1 :]
    return _url(staff.programme, following[0] if following else "ready")


def _page(request: HttpRequest, name: str, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    so_far = progress(programme_id=access.programme_of(request).id)
    steps = _steps(request, name, so_far)
    number = next((number for number, step in enumerate(steps, 1) if step.is_current), len(steps))
    known = {"steps": steps, "number": number, "progress": so_far}
    if name != "ready":
        known["skip_url"] = _after(request, name)
    return desk.render(request, template, known | context, status=status)


def _status(*forms: Any) -> int:
    return desk.REFUSED if any((form.is_bound and not form.is_valid()) or form.errors for form in forms) else 200


# ---- The way ----


@require_GET
@access.staff_required(*access.MANAGE)
def setup(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Go on where something is still missing."""
    so_far = progress(programme_id=programme.id)
    role = access.staff_of(request).role
    done = _done(programme, so_far)
    missing = [name for name, _label, roles in STEPS if role in roles and not done[name]]
    return redirect(_url(programme, missing[0] if missing else "ready"))


@form_view
@access.staff_required(*access.MANAGE)
def site(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The first place."""
    form = SiteForm(request.POST or None, initial={"name": programme.name, "sector": Sector.CAFE})
    if request.method == "POST" and form.is_valid():
        added = desk.attempt(
            form,
            lambda: programmes.add_site(programme=programme, **form.cleaned_data, deed=access.deed(request)),
            request=request,
        )
        if added:
            return redirect(_after(request, "site"))
    there = programmes_queries.sites(programme_id=programme.id)
    return _page(request, "site", "openings/site.html", status=_status(form), form=form, there=there)


@form_view
@access.staff_required(*access.MANAGE)
def till(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The first till."""
    sites = list(Site.objects.filter(programme_id=programme.id))
    form = TillForm(request.POST or None, sites=sites, initial={"name": _("Counter")})
    if request.method == "POST" and sites and form.is_valid():
        added = desk.attempt(
            form,
            lambda: programmes.add_till(site=form.site, name=form.cleaned_data["name"], deed=access.deed(request)),
            request=request,
        )
        if added:
            return redirect(_after(request, "till"))
    there = programmes_queries.tills(programme_id=programme.id)
    return _page(request, "till", "openings/till.html", status=_status(form), form=form, sites=sites, there=there)


# ---- Products ----


@form_view
@access.staff_required(*access.MANAGE)
def products(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The first products: typed into a grid, pasted from a spreadsheet, or taken from a starter set."""
    asked = request.POST.get("do", "")
    if request.method == "POST" and asked == "save":
        items = ItemForms(request.POST, form_kwargs={"programme": programme}, prefix="items")
        if items.is_valid() and _stocked(request, programme, items):
            return redirect(_after(request, "products"))
    elif request.method == "POST" and asked == "paste":
        items = _pasted(programme, request.POST.get("text", ""))
    elif request.method == "POST" and asked == "more":
        items = _grid(programme, _typed(request))
    else:
        items = _grid(programme, _starter(programme, request.GET.get("set", "")))
    there = Category.objects.filter(programme_id=programme.id).values_list("name", flat=True)
    return _page(
        request,
        "products",
        "openings/products.html",
        status=desk.REFUSED if items.is_bound and not items.is_valid() else 200,
        items=items,
        sets=[(name, Sector(name).label) for name in starters.STARTERS],
        chosen=request.GET.get("set", ""),
        categories=list(there) or [_("Products")],
        text=request.POST.get("text", ""),
    )


def _stocked(request: HttpRequest, programme: Programme, forms: Any) -> bool:
    """Whether what was typed is on sale now; nothing typed is an error of the first row."""
    rows = [form.cleaned_data for form in forms if form.cleaned_data.get("name")]
    if not rows:
        forms[0].add_error("name", _("Type at least one product, or skip this step."))
        return False
    items = [
        actions.Item(row["name"], row["price_minor"], row["category"] or _("Products"), row["swatch"]) for row in rows
    ]
    done = desk.attempt_once(
        forms[0],
        lambda: actions.stock(programme=programme, items=items, deed=access.deed(request)),
        request=request,
    )
    if done:
        toasts.done(request, _("Your products are on sale."))
    return done is not None


def _grid(programme: Programme, rows: list[dict[str, Any]]) -> Any:
    """A grid with these rows and a few empty ones."""
    wanted = rows + [{}] * (_EMPTY_ROWS if rows else 2 * _EMPTY_ROWS)
    return ItemForms(form_kwargs={"programme": programme}, prefix="items", initial=wanted[: rules.MOST_ITEMS])


def _typed(request: HttpRequest) -> list[dict[str, Any]]:
    """What stands in the grid by now, as it was typed."""
    count = request.POST.get("items-TOTAL_FORMS", "0")
    numbers = range(min(int(count), rules.MOST_ITEMS) if count.isdecimal() and len(count) < 5 else 0)
    fields = ("name", "price_minor", "category", "swatch")
    rows = [{name: request.POST.get(f"items-{number}-{name}", "") for name in fields} for number in numbers]
    return [row for row in rows if row["name"] or row["price_minor"]]


def _pasted(programme: Programme, text: str) -> Any:
    """A grid with the rows that were pasted, each with what is wrong with it."""
    rows = rules.pasted(text)[: rules.MOST_ITEMS]
    if not rows:
        return _grid(programme, [])
    data = {"items-TOTAL_FORMS": str(len(rows)), "items-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        data |= {
            f"items-{number}-name": row.name,
            f"items-{number}-price_minor": row.price,
            f"items-{number}-category": row.category,
        }
    return ItemForms(data, form_kwargs={"programme": programme}, prefix="items")


def _starter(programme: Programme, name: str) -> list[dict[str, Any]]:
    """A starter set in the programme's language, with its prices in the programme's credits."""
    language = get_language() or programme.language
    return [
        {
            "name": starters.named(item.names, language),
            "price_minor": rules.in_credits(
                starters.price_of(item, currency=programme.currency),
                price_minor=programme.price_minor,
                decimals=programme.credit_decimals,
            ),
            "category": starters.named(group.names, language),
            "swatch": item.swatch,
        }
        for group in starters.STARTERS.get(name, ())
        for item in group.items
    ]


# ---- Staff ----


@form_view
@access.staff_required(*access.OWNER)
def staff(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Colleagues, invited by e-mail one after the other."""
    sends = outbox.is_mail_set()
    form = EngageForm(request.POST or None)
    if request.method == "POST" and sends and form.is_valid():
        invited = desk.attempt(form, lambda: staffing.invite(request, programme, **form.cleaned_data), request=request)
        if invited:
            toasts.done(request, _("%(name)s is invited.") % {"name": invited.name})
            return redirect("setup_staff", programme=programme.slug)
    return _page(
        request,
        "staff",
        "openings/staff.html",
        status=_status(form),
        form=form,
        sends=sends,
        there=programmes_queries.staff(programme_id=programme.id)[1:],
        invited=programmes_queries.invitations(programme_id=programme.id),
    )


# ---- The first card ----


@never_cache
@form_view
@access.staff_required(*access.MANAGE)
@policy.reads_codes
def card(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Whose card, what is on it, and the card itself: held to a reader, typed, or picked in the demo."""
    deposit_minor = usual_amounts(
        credit_decimals=programme.credit_decimals,
        price_minor=programme.price_minor,
        currency=programme.currency,
        currency_decimals=money.currency_decimals(programme.currency),
    )[0]
    user = access.staff_of(request).user
    form = CardForm(
        request.POST or None,
        programme=programme,
        deposit_minor=2 * deposit_minor,
        initial={"name": user.name, "email": user.email},
    )
    if request.method == "POST" and form.is_valid() and _paired(request, programme, form):
        return redirect(_after(request, "card"))
    tray = import_string(_DEMO_TRAY)(programme) if settings.DEMO else []
    return _page(request, "card", "openings/card.html", status=_status(form), form=form, tray=tray)


def _paired(request: HttpRequest, programme: Programme, form: CardForm) -> bool:
    token = request.POST.get("demo_card", "") or form.cleaned_data["token"]
    if not token:
        form.add_error("token", _("Type the number, or hold the card to a reader."))
        return False
    done = desk.attempt_once(
        form,
        lambda: actions.first_card(
            programme=programme,
            name=form.cleaned_data["name"],
            email=form.cleaned_data["email"],
            deposit_minor=form.cleaned_data["deposit_minor"] or 0,
            token=token,
            deed=access.deed(request),
        ),
        request=request,
    )
    if done:
        toasts.done(request, _("The card is paired."))
    return done is not None


@require_GET
@access.staff_required(*access.MANAGE)
def ready(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """What is there, what was skipped, and the way to the till."""
    return _page(request, "ready", "openings/ready.html", tills=programmes_queries.tills(programme_id=programme.id))


urlpatterns = [
    path("setup/", setup, name="setup"),
    path("setup/site/", site, name="setup_site"),
    path("setup/products/", products, name="setup_products"),
    path("setup/till/", till, name="setup_till"),
    path("setup/staff/", staff, name="setup_staff"),
    path("setup/card/", card, name="setup_card"),
    path("setup/ready/", ready, name="setup_ready"),
]
