"""The office's pages about the staff: who works here, roles and limits, invitations."""

import secrets
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.errors import Refusal
from groat.notifications import queries as outbox
from groat.programmes import access, actions, desk, inviting, keys, queries
from groat.programmes.deeds import Limits
from groat.programmes.forms import EngageForm, PlaceForm, RoleForm
from groat.programmes.models import Programme, Staff, StaffInvitation
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@access.staff_required(*access.OWNER)
def staff(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Who works with the programme, who was asked to, and who did."""
    members = queries.staff(programme_id=programme.id)
    now = access.deed(request).now
    return desk.render(
        request,
        "programmes/staff.html",
        {
            "here": [(member, Limits.of_staff(member)) for member in members if member.left_at is None],
            "gone": [member for member in members if member.left_at is not None],
            "invited": [(row, row.expires_at <= now) for row in queries.invitations(programme_id=programme.id)],
        },
    )


@never_cache
@form_view
@access.staff_required(*access.OWNER)
def staff_new(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Invite somebody by e-mail; where none is sent, engage them with a password for the beginning, shown here once."""
    form = EngageForm(request.POST or None)
    sends = outbox.is_mail_set()
    if request.method == "POST" and form.is_valid():
        answer = _invited(request, programme, form) if sends else _engaged(request, programme, form)
        if answer:
            return answer
    submit = _("Send the invitation") if sends else _("Add to the staff")
    lead = _("They get a link that is good for seven days, and choose a password of their own.") if sends else ""
    return _staff_form(request, form, programme, heading=_("New member of staff"), lead=lead, submit=submit)


def _invited(request: HttpRequest, programme: Programme, form: EngageForm) -> HttpResponse | None:
    row = desk.attempt(form, lambda: invite(request, programme, **form.cleaned_data), request=request)
    if row is None:
        return None
    toasts.done(request, _("%(name)s is invited.") % {"name": row.name})
    return redirect("staff", programme=programme.slug)


def invite(request: HttpRequest, programme: Programme, *, email: str, name: str, role: str) -> StaffInvitation:
    """Invite somebody from this page. Refusals: those of `inviting.invite`."""
    return inviting.invite(
        programme=programme,
        email=email,
        name=name,
        role=role,
        token=keys.fresh(),
        address=lambda token: _address(request, token),
        deed=access.deed(request),
    )


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("invitation", kwargs={"token": token}))


def _engaged(request: HttpRequest, programme: Programme, form: EngageForm) -> HttpResponse | None:
    password, deed = _password(), access.deed(request)
    member = desk.attempt(
        form,
        lambda: actions.engage(programme=programme, **form.cleaned_data, password=password, deed=deed),
        request=request,
    )
    if member is None:
        return None
    # Whoever had a login before keeps their password.
    is_new = member.user.joined_at == deed.now
    return desk.render(
        request, "programmes/staff_engaged.html", {"member": member, "password": password if is_new else ""}
    )


def _password() -> str:
    """80 bits that can be read aloud: no signs that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _sign in range(4)) for _group in range(4))


@form_view
@access.staff_required(*access.OWNER)
def staff_role(request: HttpRequest, *, programme: Programme, member: UUID) -> HttpResponse:
    """What somebody may do, and how much of it."""
    row = Staff.named(programme_id=programme.id, public_id=member)
    initial = {
        "role": row.role,
        "refund_minor": row.refund_limit_minor,
        "top_up_minor": row.top_up_limit_minor,
        "lets_debt": row.lets_debt,
    }
    form = PlaceForm(request.POST or None, programme=programme, initial=initial)
    if request.method == "POST" and form.is_valid():
        changed = desk.attempt(
            form,
            lambda: actions.change_role(
                staff=row, role=form.cleaned_data["role"], limits=form.limits, deed=access.deed(request)
            ),
            request=request,
        )
        if changed:
            words = {"name": row.user.name, "role": changed.get_role_display()}
            toasts.done(request, _("The role of %(name)s is now: %(role)s.") % words)
            return redirect("staff", programme=programme.slug)
    heading = _("Role of %(name)s") % {"name": row.user.name}
    lead = _("The limits hold while they work as a cashier, at shared tills too.")
    return _staff_form(request, form, programme, heading=heading, lead=lead, submit=_("Save"))


def _staff_form(request: HttpRequest, form: RoleForm, programme: Programme, **words: str) -> HttpResponse:
    back = reverse("staff", kwargs={"programme": programme.slug})
    return desk.render_form(request, form, back_url=back, back_label=_("Staff"), **words)


@require_POST
@access.staff_required(*access.OWNER)
def staff_dismiss(request: HttpRequest, *, programme: Programme, member: UUID) -> HttpResponse:
    """End somebody's place."""
    row = Staff.named(programme_id=programme.id, public_id=member)
    try:
        actions.dismiss(staff=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("%(name)s is no longer on the staff.") % {"name": row.user.name})
    return redirect("staff", programme=programme.slug)


@require_POST
@access.staff_required(*access.OWNER)
def invitation_again(request: HttpRequest, *, programme: Programme, invitation: UUID) -> HttpResponse:
    """Send an invitation once more, with a new link."""
    row = StaffInvitation.named(programme_id=programme.id, public_id=invitation)
    try:
        inviting.send_again(
            invitation=row,
            token=keys.fresh(),
            address=lambda token: _address(request, token),
            deed=access.deed(request),
        )
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The invitation was sent again. The link before is good no more."))
    return redirect("staff", programme=programme.slug)


@require_POST
@access.staff_required(*access.OWNER)
def invitation_withdraw(request: HttpRequest, *, programme: Programme, invitation: UUID) -> HttpResponse:
    """Take an invitation back."""
    row = StaffInvitation.named(programme_id=programme.id, public_id=invitation)
    try:
        inviting.withdraw(invitation=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The invitation of %(name)s is withdrawn.") % {"name": row.name})
    return redirect("staff", programme=programme.slug)


urlpatterns = [
    path("staff/", staff, name="staff"),
    path("staff/new/", staff_new, name="staff_new"),
    path("staff/<uuid:member>/role/", staff_role, name="staff_role"),
    path("staff/<uuid:member>/dismiss/", staff_dismiss, name="staff_dismiss"),
    path("staff/invitations/<uuid:invitation>/again/", invitation_again, name="invitation_again"),
    path("staff/invitations/<uuid:invitation>/withdraw/", invitation_withdraw, name="invitation_withdraw"),
]
