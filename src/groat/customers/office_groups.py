"""The office's pages about groups of customers."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.customers import groups as actions
from groat.customers import queries
from groat.customers.forms import GroupForm
from groat.customers.models import Group
from groat.programmes import access, desk
from groat.programmes.models import Programme
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@access.staff_required(*access.OFFICE)
def groups(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The groups, each with how many customers are in it."""
    found = queries.counted_groups(programme_id=programme.id)
    rows = [{"group": group, "members": members} for group, members in found if group.withdrawn_at is None]
    gone = [{"group": group, "members": members} for group, members in found if group.withdrawn_at is not None]
    return desk.render(request, "customers/groups.html", {"rows": rows, "gone": gone})


@form_view
@access.staff_required(*access.MANAGE)
def group_new(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    form = GroupForm(request.POST or None, programme=programme)
    if request.method == "POST" and form.is_valid():
        group = desk.attempt(
            form,
            lambda: actions.add_group(programme=programme, **form.told(), deed=access.deed(request)),
            request=request,
        )
        if group:
            toasts.done(request, _("The group %(group)s was added.") % {"group": group.name})
            return redirect("groups", programme=programme.slug)
    return _page(
        request,
        form,
        programme,
        heading=_("New group"),
        lead=_("Customers who have something in common: the employees of a company, the members of a club."),
        submit=_("Add the group"),
    )


@form_view
@access.staff_required(*access.MANAGE)
def group_edit(request: HttpRequest, *, programme: Programme, customer_group: UUID) -> HttpResponse:
    row = Group.named(programme_id=programme.id, public_id=customer_group)
    form = GroupForm(request.POST or None, programme=programme, group=row)
    if request.method == "POST" and form.is_valid():
        changed = desk.attempt(
            form, lambda: actions.change_group(group=row, **form.told(), deed=access.deed(request)), request=request
        )
        if changed:
            toasts.done(request, _("%(group)s was saved.") % {"group": changed.name})
            return redirect("groups", programme=programme.slug)
    return _page(request, form, programme, heading=row.name, submit=_("Save"))


@require_POST
@access.staff_required(*access.MANAGE)
def group_withdraw(request: HttpRequest, *, programme: Programme, customer_group: UUID) -> HttpResponse:
    """Put nobody into the group any more."""
    row = actions.withdraw(
        group=Group.named(programme_id=programme.id, public_id=customer_group), deed=access.deed(request)
    )
    undo = reverse("group_restore", kwargs={"programme": programme.slug, "customer_group": row.public_id})
    toasts.done(request, _("The group %(group)s was withdrawn.") % {"group": row.name}, undo_url=undo)
    return redirect("groups", programme=programme.slug)


@require_POST
@access.staff_required(*access.MANAGE)
def group_restore(request: HttpRequest, *, programme: Programme, customer_group: UUID) -> HttpResponse:
    """Let customers be put into the group again."""
    row = actions.restore(
        group=Group.named(programme_id=programme.id, public_id=customer_group), deed=access.deed(request)
    )
    toasts.done(request, _("The group %(group)s is in use again.") % {"group": row.name})
    return redirect("groups", programme=programme.slug)


def _page(request: HttpRequest, form: GroupForm, programme: Programme, **words: str) -> HttpResponse:
    back = reverse("groups", kwargs={"programme": programme.slug})
    return desk.render_form(request, form, back_url=back, back_label=_("Groups"), **words)


urlpatterns = [
    path("customers/groups/", groups, name="groups"),
    path("customers/groups/new/", group_new, name="group_new"),
    path("customers/groups/<uuid:customer_group>/", group_edit, name="group_edit"),
    path("customers/groups/<uuid:customer_group>/withdraw/", group_withdraw, name="group_withdraw"),
    path("customers/groups/<uuid:customer_group>/restore/", group_restore, name="group_restore"),
]
