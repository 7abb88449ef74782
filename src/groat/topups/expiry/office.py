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
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.errors import Refusal
from groat.programmes import access, days, desk
from groat.programmes import queries as programmes
from groat.programmes.models import Programme
from groat.topups.expiry import actions, queries, trials, words
from groat.topups.expiry.forms import RuleForm, StartForm
from groat.topups.expiry.models import ExpiryRule, ExpiryTrial
from groat.topups.expiry.replay import Tally
from groat.topups.expiry.rules import NO_EXPIRY, Life, Rule, end_of_period, expires_at, months_later
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
            "tried": [
                {"row": row, "said": words.sentences(row.terms, programme)}
                for row in queries.last_trials(programme_id=programme.id)
            ],
        },
    )


@form_view
@access.staff_required(*access.OWNER)
def expiry_edit(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Make another rule, seeing what it means while it is put together."""
    rule = _tried_before(request, programme) or queries.rule(programme_id=programme.id, at=timezone.now())
    form = RuleForm(request.POST or None, programme=programme, rule=rule)
    if request.method == "POST" and form.is_valid() and request.POST.get("do") == "try":
        trial = trials.ask(programme=programme, rule=form.rule, deed=access.deed(request))
        return redirect("expiry_trial", programme=programme.slug, expiry_trial=trial.public_id)
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


def _tried_before(request: HttpRequest, programme: Programme) -> Rule | None:
    """The rule of the trial that the address names."""
    named = request.GET.get("trial")
    return ExpiryTrial.named(programme_id=programme.id, public_id=named).terms if named else None


# ---- Trials ----


@require_GET
@access.staff_required(*access.OWNER)
def expiry_trial(request: HttpRequest, *, programme: Programme, expiry_trial: UUID) -> HttpResponse:
    """What a rule would have done; while it is computed, how far it is."""
    return _trial(request, programme, expiry_trial, StartForm(programme=programme))


@require_POST
@access.staff_required(*access.OWNER)
def expiry_trial_again(request: HttpRequest, *, programme: Programme, expiry_trial: UUID) -> HttpResponse:
    """Try the same rule once more."""
    row = ExpiryTrial.named(programme_id=programme.id, public_id=expiry_trial)
    again = trials.ask(programme=programme, rule=row.terms, deed=access.deed(request))
    return redirect("expiry_trial", programme=programme.slug, expiry_trial=again.public_id)


@require_POST
@access.staff_required(*access.OWNER)
def expiry_trial_use(request: HttpRequest, *, programme: Programme, expiry_trial: UUID) -> HttpResponse:
    """Switch the rule on that was tried."""
    row = ExpiryTrial.named(programme_id=programme.id, public_id=expiry_trial)
    form = StartForm(request.POST, programme=programme)
    if not form.is_valid():
        return _trial(request, programme, expiry_trial, form)
    actions.set_rule(programme=programme, rule=row.terms, starts_at=form.starts_at(), deed=access.deed(request))
    toasts.done(request, _("The rule was saved. Credits already bought keep their dates."))
    return redirect("expiry", programme=programme.slug)


def _trial(request: HttpRequest, programme: Programme, named: UUID, form: StartForm) -> HttpResponse:
    row = ExpiryTrial.named(programme_id=programme.id, public_id=named)
    row.programme = programme
    context = {"trial": row, "said": words.sentences(row.terms, programme), "form": form} | _results(row, programme)
    if form.errors:
        return desk.render(request, "topups/expiry/trial.html", context, status=desk.REFUSED)
    return desk.render_list(request, "topups/expiry/trial.html", context, fragment="state")


def _results(row: ExpiryTrial, programme: Programme) -> dict[str, Any]:
    """The figures of a trial as its page shows them."""
    tally = Tally.of(row.tally)
    sums = {name: _amount(*tally.sums.get(name, (0, 0))) for name in _SUMS}
    months = []
    for first in (months_later(trials.first_month(row), ahead) for ahead in range(trials.MONTHS)):
        tried, tried_of, really, really_of = tally.months.get(f"{first:%Y-%m}", [0, 0, 0, 0])
        lost = {"tried": _amount(tried, tried_of), "really": _amount(really, really_of)}
        months.append({"first": first, **lost})
    due = [
        {"first": date.fromisoformat(f"{month}-01"), "minor": minor, "wallets": wallets}
        for month, (minor, wallets) in sorted(tally.due.items())
    ]
    stats = [
        {
            "label": label,
            "value": words.amount_of(sums[name]["minor"], programme),
            "hint": ngettext("%(count)d customer", "%(count)d customers", sums[name]["wallets"])
            % {"count": sums[name]["wallets"]},
            "tone": "",
        }
        for name, label in (
            ("expired", _("Would have expired")),
            ("really", _("Really expired")),
            ("extended", _("Would have got a later date")),
            ("missing", _("Would have been missing at payments")),
        )
    ]
    is_by_visit = row.terms.life is Life.VISIT
    return {"sums": sums, "months": months, "due": due, "stats": stats, "is_by_visit": is_by_visit}


def _amount(minor: int, wallets: int) -> dict[str, int]:
    return {"minor": minor, "wallets": wallets}


_SUMS = ("expired", "really", "extended", "missing", "left", "really_left", "today", "today_lasting", "today_moved")


# ---- What a rule means ----


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
        until = expires_at(rule, at=at, time_zone=programme.time_zone)
        good = timezone.localdate(until) - timedelta(days=rule.grace_days) if until else None
        shown.append(
            {"bought": day, "good": good, "until": until, "is_short": good is not None and (good - day).days < 7}
        )
    return shown


urlpatterns = [
    path("expiry/", expiry, name="expiry"),
    path("expiry/change/", expiry_edit, name="expiry_edit"),
    path("expiry/preview/", expiry_preview, name="expiry_preview"),
    path("expiry/trials/<uuid:expiry_trial>/", expiry_trial, name="expiry_trial"),
    path("expiry/trials/<uuid:expiry_trial>/again/", expiry_trial_again, name="expiry_trial_again"),
    path("expiry/trials/<uuid:expiry_trial>/use/", expiry_trial_use, name="expiry_trial_use"),
    path("expiry/<uuid:expiry_rule>/withdraw/", expiry_withdraw, name="expiry_withdraw"),
]
