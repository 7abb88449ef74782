"""The office's pages about places as a whole: a site's hours, its closing, and who works there."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from groat.programmes import access, desk, hours, places, weeks
from groat.programmes.models import Programme, Site, Staff
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
@access.staff_required(*access.MANAGE)
def site_hours(request: HttpRequest, *, programme: Programme, site: UUID) -> HttpResponse:
    """When a site is open."""
    row = Site.named(programme_id=programme.id, public_id=site)
    rows = hours.HoursForms(request.POST or None, initial=hours.initial(weeks.read(row.hours)), prefix="hours")
    if request.method == "POST" and rows.is_valid():
        places.set_hours(site=row, hours=hours.typed(rows), deed=access.deed(request))
        return _done(request, programme, _("%(site)s was saved.") % {"site": row.name})
    status = desk.REFUSED if request.method == "POST" else 200
    return desk.render(request, "programmes/site_hours.html", {"rows": rows, "site": row}, status=status)


@require_POST
@access.staff_required(*access.MANAGE)
def site_close(request: HttpRequest, *, programme: Programme, site: UUID) -> HttpResponse:
    """Give a site up."""
    row = Site.named(programme_id=programme.id, public_id=site)
    places.close_site(site=row, deed=access.deed(request))
    undo = reverse("site_reopen", kwargs={"programme": programme.slug, "site": site})
    return _done(request, programme, _("%(site)s and its tills are closed.") % {"site": row.name}, undo_url=undo)


@require_POST
@access.staff_required(*access.MANAGE)
def site_reopen(request: HttpRequest, *, programme: Programme, site: UUID) -> HttpResponse:
    """Take a site into use again."""
    row = Site.named(programme_id=programme.id, public_id=site)
    places.reopen_site(site=row, deed=access.deed(request))
    return _done(request, programme, _("%(site)s is open again.") % {"site": row.name})


class SitesForm(forms.Form):
    """The sites at which a cashier works."""

    def __init__(self, *args: object, sites: list[Site], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.known = {str(site.public_id): site for site in sites}
        self.fields["sites"] = forms.MultipleChoiceField(
            label=gettext_lazy("Works at"),
            choices=[(public_id, site.name) for public_id, site in self.known.items()],
            widget=forms.CheckboxSelectMultiple,
            help_text=gettext_lazy(
                "With all of them ticked, also at sites that are yet to come. Owners and managers work at all."
            ),
            error_messages={"required": gettext_lazy("Choose at least one site.")},
        )

    @property
    def sites(self) -> list[Site] | None:
        """Those that were chosen; None for all."""
        chosen = self.cleaned_data["sites"]
        return None if len(chosen) == len(self.known) else [self.known[public_id] for public_id in chosen]


@form_view
@access.staff_required(*access.OWNER)
def staff_sites(request: HttpRequest, *, programme: Programme, member: UUID) -> HttpResponse:
    """Whose tills somebody sees while a cashier."""
    row = Staff.named(programme_id=programme.id, public_id=member)
    sites = list(Site.objects.filter(programme_id=programme.id, closed_at=None))
    now = [str(site.public_id) for site in sites if row.site_ids is None or site.id in row.site_ids]
    form = SitesForm(request.POST or None, sites=sites, initial={"sites": now})
    if request.method == "POST" and form.is_valid():
        places.let_work_at(staff=row, sites=form.sites, deed=access.deed(request))
        toasts.done(request, _("It was saved where %(name)s works.") % {"name": row.user.name})
        return redirect("staff", programme=programme.slug)
    return desk.render_form(
        request,
        form,
        heading=_("Where %(name)s works") % {"name": row.user.name},
        submit=_("Save"),
        back_url=reverse("staff", kwargs={"programme": programme.slug}),
        back_label=_("Staff"),
    )


def _done(request: HttpRequest, programme: Programme, said: str, *, undo_url: str = "") -> HttpResponse:
    toasts.done(request, said, undo_url=undo_url)
    return redirect("sites", programme=programme.slug)


urlpatterns = [
    path("sites/<uuid:site>/hours/", site_hours, name="site_hours"),
    path("sites/<uuid:site>/close/", site_close, name="site_close"),
    path("sites/<uuid:site>/reopen/", site_reopen, name="site_reopen"),
    path("staff/<uuid:member>/sites/", staff_sites, name="staff_sites"),
]
