"""The pages before there is a programme: the code, the first login, what the programme is."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from groat.openings import actions, queries, rules, starters
from groat.openings.forms import CodeForm, LoginForm, OpeningForm, usual_currency, usual_zone
from groat.programmes import access, desk
from groat.programmes.deeds import Actor, Deed
from groat.programmes.models import User
from groat.web import money

form_view = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@form_view
def begin(request: HttpRequest) -> HttpResponse:
    """The code: who has no login makes one with it."""
    user = request.user
    if isinstance(user, User):
        return redirect("open_programme") if queries.may_open(user) else _claim(request, user)
    form = LoginForm(request.POST or None, initial={"code": request.GET.get("code", "")})
    if request.method == "POST" and form.is_valid():
        made = desk.attempt(
            form, lambda: actions.make_login(**form.cleaned_data, deed=_deed(request, None)), request=request
        )
        if made:
            get_adapter().login(request, made)
            return redirect("open_programme")
    return _page(request, form, "openings/begin.html", is_untouched=queries.is_untouched())


def _claim(request: HttpRequest, user: User) -> HttpResponse:
    form = CodeForm(request.POST or None, initial={"code": request.GET.get("code", "")})
    if request.method == "POST" and form.is_valid():
        claimed = desk.attempt(
            form,
            lambda: actions.claim(code=form.cleaned_data["code"], user=user, deed=_deed(request, user)),
            request=request,
        )
        if claimed:
            return redirect("open_programme")
    return _page(request, form, "openings/begin.html", is_untouched=False)


@never_cache
@form_view
def programme(request: HttpRequest) -> HttpResponse:
    """What the programme is called, and what its credits are."""
    user = request.user
    if not isinstance(user, User) or not queries.may_open(user):
        return redirect("open")
    language = get_language()
    initial = {"language": language, "time_zone": usual_zone(language), "currency": usual_currency(language)}
    form = OpeningForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        opened = desk.attempt(
            form,
            lambda: actions.open_programme(user=user, deed=_deed(request, user), **form.opened()),
            request=request,
        )
        if opened:
            return redirect("setup_site", programme=opened.slug)
    return _page(request, form, "openings/programme.html", example=_example(form))


@require_POST
def example(request: HttpRequest) -> HttpResponse:
    """What a coffee costs in the credits that are being typed."""
    if not isinstance(request.user, User):
        return HttpResponse(status=403)
    return render(request, "openings/programme.html#example", {"example": _example(OpeningForm(request.POST))})


def _example(form: OpeningForm) -> dict[str, str] | None:
    """A coffee in the currency and in credits, as far as the form can tell by now."""
    if form.is_bound:
        form.is_valid()
        typed: dict[str, Any] = form.cleaned_data
    else:
        currency = str(form.initial["currency"])
        decimals = money.currency_decimals(currency)
        name = money.currency_symbol(currency, language=str(form.initial["language"]))
        typed = {"currency": currency, "credit_name": name, "credit_decimals": decimals, "price_minor": 10**decimals}
    if not typed.get("price_minor") or not typed.get("credit_name") or "currency" not in typed:
        return None
    language = get_language() or "en"
    coffee_minor = starters.price_of(starters.COFFEE, currency=typed["currency"])
    decimals = int(typed["credit_decimals"])
    credits_minor = rules.in_credits(coffee_minor, price_minor=typed["price_minor"], decimals=decimals)
    return {
        "price": money.format_currency(coffee_minor, currency=typed["currency"], language=language),
        "credits": money.format_credits(credits_minor, decimals=decimals, name=typed["credit_name"], language=language),
    }


def _page(request: HttpRequest, form: Any, template: str, **context: Any) -> HttpResponse:
    status = desk.REFUSED if form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)


def _deed(request: HttpRequest, user: User | None) -> Deed:
    address = access.client_address(request)
    actor = Actor(f"user:{user.id}", user.name, None, address) if user else Actor("anonymous", "", None, address)
    return Deed.at_once(actor)


urlpatterns = [
    path("open/", begin, name="open"),
    path("open/programme/", programme, name="open_programme"),
    path("open/example/", example, name="open_example"),
]
