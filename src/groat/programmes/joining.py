"""The page to which the link of an invitation leads."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from groat.errors import Refusal
from groat.programmes import access, desk, home, inviting, queries
from groat.programmes.deeds import Actor, Deed
from groat.programmes.forms import JoinForm
from groat.programmes.models import Staff, StaffInvitation, User
from groat.web import refusals


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, *, token: str) -> HttpResponse:
    """Join: with a new login, or with the one in which somebody is signed in."""
    user = request.user
    deed = _deed(request, user if isinstance(user, User) else None)
    row = queries.invitation(token, now=deed.now)
    if row is None:
        return render(request, "programmes/invitation.html", {"invitation": None}, status=404)
    if isinstance(user, User):
        return _join(request, row, token, user, deed)
    has_login = User.objects.filter(email__iexact=row.email).exists()
    form = None if has_login else JoinForm(request.POST or None, initial={"name": row.name})
    if form and request.method == "POST" and form.is_valid():
        staff = desk.attempt(
            form, lambda: inviting.accept_as_new(token=token, **form.cleaned_data, deed=deed), request=request
        )
        if staff:
            get_adapter().login(request, staff.user)
            return _in(staff)
    status = desk.REFUSED if form and form.errors else 200
    return render(request, "programmes/invitation.html", {"invitation": row, "form": form}, status=status)


def _join(request: HttpRequest, row: StaffInvitation, token: str, user: User, deed: Deed) -> HttpResponse:
    refused = ""
    if request.method == "POST":
        try:
            return _in(inviting.accept(token=token, user=user, deed=deed))
        except Refusal as refusal:
            refused = refusals.worded(refusal)
    context = {"invitation": row, "joins": True, "refused": refused}
    return render(request, "programmes/invitation.html", context, status=desk.REFUSED if refused else 200)


def _in(staff: Staff) -> HttpResponse:
    return redirect(home.start_of(staff))


def _deed(request: HttpRequest, user: User | None) -> Deed:
    address = access.client_address(request)
    actor = Actor(f"user:{user.id}", user.name, None, address) if user else Actor("anonymous", "", None, address)
    return Deed.at_once(actor)


urlpatterns = [path("invitation/<str:token>/", invitation, name="invitation")]
