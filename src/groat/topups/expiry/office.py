"""The office's pages about expiry: the rule in force, another one, and what each of them means. Owners only."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.errors import Refusal
from groat.programmes import access, days, desk
from groat.programmes import queries as programmes
from groat.programmes.models import Programme
from groat.topups.expiry import actions, queries, words
from groat.topups.expiry.forms import RuleForm
from groat.topups.expiry.models import ExpiryRule
from groat.topups.expiry.rules import NO_EXPIRY, Life, Rule, end_of_period, terms
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class _Version:
    """A rule as its page tells it."""

    row: ExpiryRule
    said: list[str]
    who: str


@require_GET
@access.staff_required(*access.OWNER)
def expiry(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The rule in force, one that is to begin, and those before."""
    now = timezone.now()
    rows = queries.versions(programme_id=programme.id)
    names = programmes.names_of(programme_id=programme.id, actors={row.actor for row in rows})
    told = [_Version(row, words.sentences(row.terms, programme), names.get(row.actor, "")) for row in rows]
    planned = [one for one in told if one.row.starts_at > now]
    begun = told[len(planned) :]
    rule = begun[0].row.terms if begun else NO_EXPIRY
    return desk.render(
        request,
        "topups/expiry/expiry.html",
        {
            "said": words.sentences(rule, programme),
            "current": begun[0] if begun else None,
            "planned": planned,
            "before": begun[1:],
            "examples": _examples(rule, programme, today=timezone.localdate()),
        },
    )


@form_view
@access.staff_required(*access.OWNER)
def expiry_edit(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Make another rule, seeing what it means while it is put together."""
    rule = queries.rule(programme_id=programme.id, at=timezone.now())
    form = RuleForm(request.POST or None, programme=programme, rule=rule)
    if request.method == "POST" and form.is_valid():
        made = desk.attempt(
            form,
            lambda: actions.set_rule(
                programme=programme, rule=form.rule, starts_at=form.starts_at(), deed=access.deed(request)
            ),
            request=request,
        )
        if made:
            toasts.done(request, _("The rule was saved. Credits already bought keep their dates."))
            return redirect("expiry", programme=programme.slug)
    told = _told(form.rule if form.is_bound and not form.errors else rule, programme)
    return desk.render_form(request, form, "topups/expiry/expiry_edit.html", **told)


@require_GET
@access.staff_required(*access.OWNER)
def expiry_preview(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """What the rule means that is being put together; nothing while it contradicts itself."""
    form = RuleForm(request.GET, programme=programme, rule=NO_EXPIRY)
    context = _told(form.rule, programme) if form.is_valid() else {"problem": _first_problem(form)}
    return desk.render(request, "topups/expiry/preview.html", context)


@require_POST
@access.staff_required(*access.OWNER)
def expiry_withdraw(request: HttpRequest, *, programme: Programme, expiry_rule: UUID) -> HttpResponse:
    """Take back a rule that has not begun."""
    row = ExpiryRule.named(programme_id=programme.id, public_id=expiry_rule)
    try:
        actions.withdraw_rule(row=row, deed=access.deed(request))
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
    else:
        toasts.done(request, _("The planned rule was taken back."))
    return redirect("expiry", programme=programme.slug)


def _told(rule: Rule, programme: Programme) -> dict[str, Any]:
    today = timezone.localdate()
    return {"said": words.sentences(rule, programme), "examples": _examples(rule, programme, today=today)}


def _first_problem(form: RuleForm) -> str:
    return next((str(errors[0]) for errors in form.errors.values()), "")


def _examples(rule: Rule, programme: Programme, *, today: date) -> list[dict[str, Any]]:
    """Some days, and until when credits would be good that are bought on them."""
    if rule.life is Life.NEVER:
        return []
    bought = {today, today + timedelta(days=30)}
    if rule.period:
        bought.add(end_of_period(today, rule.period))
    shown = []
    for day in sorted(bought):
        at = days.end_of(day, time_zone=programme.time_zone)
        until = terms(rule, bought_minor=1, at=at, time_zone=programme.time_zone).expires_at
        good = timezone.localdate(until) - timedelta(days=rule.grace_days) if until else None
        shown.append(
            {"bought": day, "good": good, "until": until, "is_short": good is not None and (good - day).days < 7}
        )
    return shown


urlpatterns = [
    path("expiry/", expiry, name="expiry"),
    path("expiry/change/", expiry_edit, name="expiry_edit"),
    path("expiry/preview/", expiry_preview, name="expiry_preview"),
    path("expiry/<uuid:expiry_rule>/withdraw/", expiry_withdraw, name="expiry_withdraw"),
]
