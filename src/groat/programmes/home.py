"""Where people land: the way to their programme, and their language."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language as set_language_cookie

from groat.programmes import hosts, queries
from groat.programmes.models import Role, Staff, User


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Send people to the one programme in which they work, or let them choose."""
    user = request.user
    if not isinstance(user, User):
        return redirect("account_login" if User.objects.exists() else "open")
    places = queries.places(user)
    slug = hosts.of(request)
    if slug is not None:
        places = [place for place in places if place.programme.slug == slug]
    may_open = any(may(user) for may in _openers)
    if not places and may_open:
        return redirect("open_programme")
    if "choose" not in request.GET:
        last = [place for place in places if place.programme_id == user.last_programme_id] or places
        if len(places) == 1 or (user.last_programme_id and len(last) == 1):
            return redirect(start_of(last[0]))
    choices = [(place, start_of(place)) for place in places]
    return render(request, "programmes/home.html", {"choices": choices, "may_open": may_open})


_openers: list[Callable[[User], bool]] = []


def register(may_open: Callable[[User], bool]) -> None:
    """Have a feature above say who may open a programme."""
    if may_open not in _openers:
        _openers.append(may_open)


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Show another language from now on; who is signed in finds it at their next sign-in too."""
    response = set_language_cookie(request)
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and response.cookies:
        # The cookie is set for languages that there are, and for no others.
        User.objects.filter(pk=request.user.pk).update(language=language)
    return response


def start_of(place: Staff) -> str:
    """Where somebody's work in a programme begins: the till for cashiers, the office for all others."""
    name = "tills" if place.role == Role.CASHIER else "office"
    return reverse(name, kwargs={"programme": place.programme.slug})


urlpatterns = [
    path("", home, name="home"),
    path("language/", set_language, name="set_language"),
]
