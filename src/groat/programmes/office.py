"""The office's pages about the programme itself: settings, sites, tills, staff, keys."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.errors import Refusal
from groat.programmes import access, actions, desk, hours, keys, look, office_places, queries, staffing, weeks
from groat.programmes.forms import ApiKeyForm, ProgrammeForm, SiteForm, TillForm
from groat.programmes.models import ApiKey, Programme, Scope, Site, Till
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])


# ---- Settings ----


@form_view
@access.staff_required(*access.OWNER)
def programme(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The programme's settings."""
    names = (
        "name",
        "credit_name",
        "price_minor",
        "time_zone",
        "language",
        "identifier_label",
        "undo_seconds",
        "confirm_from_minor",
        "confirm_copyable_from_minor",
        "cashiers_may_look_up",
        "cashiers_may_sell_out",
        "confirm_by",
        "lock_after_minutes",
        "vat_rate",
        "wants_second_factor",
    )
    form = ProgrammeForm(
        request.POST or None, programme=programme, initial={name: getattr(programme, name) for name in names}
    )
    if request.method == "POST" and form.is_valid():
        changed = desk.attempt(
            form,
            lambda: actions.change_programme(programme=programme, deed=access.deed(request), **form.cleaned_data),
            request=request,
        )
        if changed:
            toasts.done(request, _("The settings were saved."))
            return redirect("programme", programme=programme.slug)
    return desk.render_form(request, form, "programmes/programme.html")


# ---- Sites and tills ----


@require_GET
@access.staff_required(*access.OFFICE)
def sites(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Where the programme's tills stand."""
    found = queries.sites(programme_id=programme.id)
    rows = [(site, hours.when(weeks.read(site.hours))) for site in found]
    return desk.render(request, "programmes/sites.html", {"sites": rows})


@form_view
@access.staff_required(*access.MANAGE)
def site_new(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        site = desk.attempt(
            form,
            lambda: actions.add_site(programme=programme, **form.cleaned_data, deed=access.deed(request)),
            request=request,
        )
        if site:
            toasts.done(request, _("%(site)s was added. Give it a till.") % {"site": site.name})
            return redirect("till_new", programme=programme.slug, site=site.public_id)
    return _site_form(request, form, programme, heading=_("New site"), submit=_("Add the site"))


@form_view
@access.staff_required(*access.MANAGE)
def site_edit(request: HttpRequest, *, programme: Programme, site: UUID) -> HttpResponse:
    row = Site.named(programme_id=programme.id, public_id=site)
    form = SiteForm(request.POST or None, initial={"name": row.name, "sector": row.sector, "address": row.address})
    if request.method == "POST" and form.is_valid():
        changed = desk.attempt(
            form,
            lambda: actions.change_site(site=row, **form.cleaned_data, deed=access.deed(request)),
            request=request,
        )
        if changed:
            toasts.done(request, _("%(site)s was saved.") % {"site": changed.name})
            return redirect("sites", programme=programme.slug)
    return _site_form(request, form, programme, heading=row.name, submit=_("Save"))


@form_view
@access.staff_required(*access.MANAGE)
def till_new(request: HttpRequest, *, programme: Programme, site: UUID) -> HttpResponse:
    row = Site.named(programme_id=programme.id, public_id=site)
    form = TillForm(request.POST or None, sites=[row])
    if request.method == "POST" and form.is_valid():
        till = desk.attempt(
            form,
            lambda: actions.add_till(site=row, name=form.cleaned_data["name"], deed=access.deed(request)),
            request=request,
        )
        if till:
            toasts.done(request, _("The till %(till)s is ready.") % {"till": till.name})
            return redirect("sites", programme=programme.slug)
    heading = _("New till at %(site)s") % {"site": row.name}
    return _site_form(request, form, programme, heading=heading, submit=_("Add the till"))


@form_view
@access.staff_required(*access.MANAGE)
def till_edit(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    row = Till.named(programme_id=programme.id, public_id=till)
    sites = [
        site for site in Site.objects.filter(programme_id=programme.id) if not site.closed_at or site.id == row.site_id
    ]
    at = next(site for site in sites if site.id == row.site_id)
    form = TillForm(request.POST or None, sites=sites, initial={"name": row.name, "site": str(at.public_id)})
    if request.method == "POST" and form.is_valid():
        changed = desk.attempt(
            form,
            lambda: actions.change_till(
                till=row,
                name=form.cleaned_data["name"],
                site=form.site if "site" in form.fields else at,
                deed=access.deed(request),
            ),
            request=request,
        )
        if changed:
            toasts.done(request, _("The till %(till)s was saved.") % {"till": changed.name})
            return redirect("sites", programme=programme.slug)
    return _site_form(request, form, programme, heading=row.name, submit=_("Save"))


def _site_form(request: HttpRequest, form: SiteForm | TillForm, programme: Programme, **words: str) -> HttpResponse:
    back = reverse("sites", kwargs={"programme": programme.slug})
    return desk.render_form(request, form, back_url=back, back_label=_("Sites and tills"), **words)


@require_POST
@access.staff_required(*access.MANAGE)
def till_close(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """Take a till out of use."""
    row = Till.named(programme_id=programme.id, public_id=till)
    try:
        actions.close_till(till=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        undo = reverse("till_reopen", kwargs={"programme": programme.slug, "till": till})
        toasts.done(request, _("The till %(till)s is closed.") % {"till": row.name}, undo_url=undo)
    return redirect("sites", programme=programme.slug)


@require_POST
@access.staff_required(*access.MANAGE)
def till_reopen(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    row = Till.named(programme_id=programme.id, public_id=till)
    try:
        actions.reopen_till(till=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The till %(till)s is open again.") % {"till": row.name})
    return redirect("sites", programme=programme.slug)


# ---- Keys ----


@require_GET
@access.staff_required(*access.OWNER)
def api_keys(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """What integrators hold."""
    held = queries.api_keys(programme_id=programme.id)
    active = [key for key in held if key.revoked_at is None]
    revoked = [key for key in held if key.revoked_at is not None]
    return desk.render(
        request, "programmes/api_keys.html", {"active": active, "revoked": revoked, "duties": dict(Scope.choices)}
    )


@never_cache
@form_view
@access.staff_required(*access.OWNER)
def api_key_new(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Issue a key. Its secret is shown here and never again, but to the same form sent twice."""
    form = ApiKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        secret = keys.drawn(f"{access.staff_of(request).id}:{request.POST.get('request_key')}")
        deed = access.deed(request)
        issued = desk.attempt_once(
            form,
            lambda: actions.issue_key(programme=programme, **form.cleaned_data, secret=secret, deed=deed)[0],
            request=request,
        )
        if issued:
            key = ApiKey.named(programme_id=programme.id, public_id=issued)
            return desk.render(request, "programmes/api_key_issued.html", {"key": key, "secret": secret})
    back = reverse("api_keys", kwargs={"programme": programme.slug})
    return desk.render_form(
        request,
        form,
        heading=_("New API key"),
        submit=_("Create the key"),
        back_url=back,
        back_label=_("API keys"),
        once=True,
    )


@require_POST
@access.staff_required(*access.OWNER)
def api_key_revoke(request: HttpRequest, *, programme: Programme, key: UUID) -> HttpResponse:
    row = ApiKey.named(programme_id=programme.id, public_id=key)
    try:
        actions.revoke_key(key=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The key %(key)s opens nothing any more.") % {"key": row.name})
    return redirect("api_keys", programme=programme.slug)


urlpatterns = [
    *look.urlpatterns,
    path("programme/", programme, name="programme"),
    path("sites/", sites, name="sites"),
    path("sites/new/", site_new, name="site_new"),
    path("sites/<uuid:site>/", site_edit, name="site_edit"),
    path("sites/<uuid:site>/tills/new/", till_new, name="till_new"),
    *office_places.urlpatterns,
    path("sites/tills/<uuid:till>/", till_edit, name="till_edit"),
    path("sites/tills/<uuid:till>/close/", till_close, name="till_close"),
    path("sites/tills/<uuid:till>/reopen/", till_reopen, name="till_reopen"),
    *staffing.urlpatterns,
    path("api-keys/", api_keys, name="api_keys"),
    path("api-keys/new/", api_key_new, name="api_key_new"),
    path("api-keys/<uuid:key>/revoke/", api_key_revoke, name="api_key_revoke"),
]
