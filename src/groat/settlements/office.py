"""The office's pages about customers who pay later: this month so far, statements, debts, settlements and terms."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from groat.customers import queries as customers
from groat.customers.models import Group, Wallet
from groat.customers.panels import Panel
from groat.errors import NotFound
from groat.programmes import access, desk
from groat.programmes import queries as programmes
from groat.programmes.models import Programme
from groat.settlements import actions, queries, shown
from groat.settlements.forms import MakeForm, SettleForm, TermsForm, UndoForm
from groat.settlements.models import Settlement, Statement, StatementRun, Way
from groat.settlements.queries import Told
from groat.settlements.rules import Month
from groat.web import toasts

PAGE = 50
form_view = require_http_methods(["GET", "HEAD", "POST"])


# ---- The month so far, debts and past months ----


@require_GET
@access.staff_required(*access.OFFICE)
def accounts(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """What is being owed this month, what is unpaid of those before, and their statements."""
    found = queries.runs(programme_id=programme.id, before=desk.cursor(request), limit=PAGE + 1)
    context: dict[str, Any] = {
        "runs": found[:PAGE],
        "next_cursor": str(found[PAGE - 1].id) if len(found) > PAGE else None,
        "is_first_page": "cursor" not in request.GET,
    }
    if not desk.is_fragment(request, "rows"):
        context |= _now(programme)
    return desk.render_list(request, "settlements/accounts.html", context)


def _now(programme: Programme) -> dict[str, Any]:
    today, now = timezone.localdate(), timezone.now()
    month = Month.of(today)
    so_far = queries.month(programme=programme, month=month, until=now)
    debts = queries.debts_by_group(programme_id=programme.id, today=today)
    return {
        "month": month.first,
        "so_far": _by_group(programme, so_far),
        "spent_minor": sum(one.moved.spent_minor for one in so_far),
        "owed_minor": sum(one.owed_minor for one in so_far),
        "debts": debts,
        "unpaid_minor": sum(one.unpaid_minor for one in debts),
        "overdue_minor": sum(sum(one.by_age[1:]) for one in debts),
        "last_month": month.before().first,
        "missing": len(queries.month(programme=programme, month=month.before())),
    }


def _by_group(programme: Programme, told: Sequence[Told]) -> list[dict[str, Any]]:
    """What statements would say, summed up by group; those without one last."""
    by_group: dict[int | None, list[Told]] = defaultdict(list)
    for one in told:
        by_group[one.group].append(one)
    groups = Group.objects.filter(programme_id=programme.id).in_bulk([one for one in by_group if one is not None])
    rows = [
        {
            "group": groups.get(key) if key is not None else None,
            "people": len(own),
            "spent_minor": sum(one.moved.spent_minor for one in own),
            "owed_minor": sum(one.owed_minor for one in own),
        }
        for key, own in by_group.items()
    ]
    return sorted(rows, key=lambda row: (row["group"] is None, str(row["group"]).casefold()))


@form_view
@access.staff_required(*access.MANAGE)
def statements_make(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Make the statements of a month."""
    groups = customers.groups(programme_id=programme.id)
    form = MakeForm(request.POST or None, today=timezone.localdate(), groups=groups)
    if request.method == "POST" and form.is_valid():
        made = desk.attempt_once(
            form,
            lambda: actions.make_statements(
                programme=programme, month=form.month, group=form.group, deed=access.deed(request)
            ),
            request=request,
        )
        if made:
            toasts.done(request, _("The statements are made. What they say stays as it is."))
            return redirect("statement_run", programme=programme.slug, run=made)
    return desk.render_form(
        request,
        form,
        heading=_("Make statements"),
        lead=_(
            "Each customer who pays later gets one: what the month began with, what was spent and paid in, and what is "
            "owed. What is booked for that month afterwards goes into the next one."
        ),
        submit=_("Make the statements"),
        once=True,
        back_url=reverse("accounts", kwargs={"programme": programme.slug}),
        back_label=_("Accounts"),
    )


# ---- One run ----


@require_GET
@access.staff_required(*access.OFFICE)
def statement_run(request: HttpRequest, *, programme: Programme, run: UUID) -> HttpResponse:
    """The statements of a month, and what is unpaid of them."""
    row = _run(programme, run)
    found = queries.statements(run=row, after=desk.cursor(request), limit=PAGE + 1)
    rows = found[:PAGE]
    left = queries.unpaid(rows)
    context: dict[str, Any] = {
        "run": row,
        "month": row.month,
        "rows": [_row(statement, left) for statement in rows],
        "next_cursor": str(rows[-1].id) if len(found) > PAGE else None,
        "is_open_here": any(left.values()),
    }
    if not desk.is_fragment(request, "rows"):
        context |= {"unpaid_minor": _unpaid_of(row), "settlements": _settlements(programme, row)}
    return desk.render_list(request, "settlements/run.html", context)


def _row(statement: Statement, left: dict[int, int]) -> dict[str, Any]:
    return {
        "statement": statement,
        "customer": statement.wallet.owner,
        "unpaid_minor": left[statement.id],
        "is_overdue": bool(left[statement.id]) and statement.due_on < timezone.localdate(),
    }


def _unpaid_of(run: StatementRun) -> int:
    return sum(queries.unpaid(run.statements.filter(is_open=True)).values())


def _settlements(programme: Programme, run: StatementRun) -> list[tuple[Settlement, str]]:
    found = queries.settlements(run=run)
    names = programmes.names_of(programme_id=programme.id, actors=[one.actor for one in found])
    return [(one, names.get(one.actor, "")) for one in found]


def _run(programme: Programme, run: UUID) -> StatementRun:
    row = StatementRun.named(programme_id=programme.id, public_id=run)
    row.programme = programme
    return row


@require_GET
@access.staff_required(*access.OFFICE)
def run_pdf(_request: HttpRequest, *, programme: Programme, run: UUID) -> HttpResponse:
    """Everybody's debt of the month as a list to be kept or handed to their company."""
    row = _run(programme, run)
    with translation.override(programme.language):
        slip = shown.of_run(row, programme=programme)
    name = f"{row.group.name if row.group else programme.slug}-{row.month:%Y-%m}"
    return desk.download(*shown.pdf(slip, name=name, language=programme.language, at=row.at))


@require_GET
@access.staff_required(*access.OFFICE)
def run_payroll(request: HttpRequest, *, programme: Programme, run: UUID) -> HttpResponse:
    """What is unpaid by now, as a table for the payroll."""
    row = _run(programme, run)
    rows = queries.statements(run=row)
    table = shown.payroll(
        shown.left_of(rows, queries.unpaid(rows)),
        month=row.of_month,
        programme=programme,
        has_decimal_comma=request.GET.get("decimals") != "point",
    )
    return desk.download(f"payroll-{row.month:%Y-%m}-{row.number}.csv", table, content_type="text/csv; charset=utf-8")


# ---- Settling ----


@form_view
@access.staff_required(*access.MANAGE)
def run_settle(request: HttpRequest, *, programme: Programme, run: UUID) -> HttpResponse:
    """Settle what is unpaid of a run, or of those who were chosen."""
    row = _run(programme, run)
    asked = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(asked.getlist("statement"))
    rows = queries.statements(run=row, chosen=chosen)
    left = {name: minor for name, minor in queries.unpaid(rows).items() if minor}
    owing = [one for one in rows if one.id in left]
    only = left[owing[0].id] if chosen is not None and len(owing) == 1 else None
    form = SettleForm(request.POST or None, programme=programme, unpaid_minor=only)
    if request.method == "POST" and form.is_valid():
        made = desk.attempt_once(
            form,
            lambda: actions.settle(
                run=row,
                chosen=None if chosen is None else owing,
                amount_minor=form.cleaned_data.get("amount"),
                way=form.cleaned_data["way"],
                note=form.cleaned_data["note"],
                deed=access.deed(request),
            ),
            request=request,
        )
        if made:
            toasts.done(request, _("The debts are settled."))
            return redirect("settlement", programme=programme.slug, settlement=made)
    count, unpaid_minor = len(owing), sum(left.values())
    return desk.render_form(
        request,
        form,
        "settlements/settle.html",
        heading=_("Settle the debt of %(customer)s") % {"customer": owing[0].wallet.owner}
        if count == 1
        else ngettext("Settle %(count)s debt", "Settle %(count)s debts", count) % {"count": count}
        if count
        else _("Settle debts"),
        run=row,
        chosen=[str(one.public_id) for one in owing] if chosen is not None else [],
        count=count,
        unpaid_minor=unpaid_minor,
        currency_minor=sum(shown.worth(minor, programme) for minor in left.values()),
    )


def _chosen(names: Sequence[str]) -> list[int] | None:
    """The statements that were ticked; None when none was, and so all are meant."""
    if not names:
        return None
    found = []
    for name in names:
        try:
            found.append(Statement.key_of(name))
        except NotFound:
            continue
    return found


@require_GET
@access.staff_required(*access.OFFICE)
def settlement(request: HttpRequest, *, programme: Programme, settlement: UUID) -> HttpResponse:
    """Whose debts were settled, how, by whom."""
    row = _settlement(programme, settlement)
    names = programmes.names_of(programme_id=programme.id, actors=[row.actor])
    return desk.render(
        request,
        "settlements/settlement.html",
        {
            "settlement": row,
            "run": row.run,
            "parts": queries.parts(settlement=row),
            "who": names.get(row.actor, ""),
        },
    )


@form_view
@access.staff_required(*access.MANAGE)
def settlement_undo(request: HttpRequest, *, programme: Programme, settlement: UUID) -> HttpResponse:
    """Take back what was settled by mistake."""
    row = _settlement(programme, settlement)
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt_once(
            form,
            lambda: actions.undo_settlement(
                settlement=row, reason=form.cleaned_data["reason"], deed=access.deed(request)
            ),
            request=request,
        )
        if done:
            toasts.done(request, _("The settlement was taken back. What it paid is owed again."))
            return redirect("statement_run", programme=programme.slug, run=row.run.public_id)
    return desk.render_form(
        request,
        form,
        heading=_("Take back a settlement"),
        lead=ngettext(
            "The debt of %(count)s customer is open again.",
            "The debts of %(count)s customers are open again.",
            row.people,
        )
        % {"count": row.people},
        submit=_("Take it back"),
        danger=True,
        once=True,
        back_url=reverse("settlement", kwargs={"programme": programme.slug, "settlement": settlement}),
        back_label=Way(row.way).label,
    )


def _settlement(programme: Programme, settlement: UUID) -> Settlement:
    row = Settlement.named(programme_id=programme.id, public_id=settlement)
    row.programme = programme
    return row


# ---- One statement ----


@require_GET
@access.staff_required(*access.OFFICE)
def statement(request: HttpRequest, *, programme: Programme, statement: UUID) -> HttpResponse:
    """A customer's month."""
    row = Statement.named(programme_id=programme.id, public_id=statement)
    return desk.render(
        request,
        "settlements/statement.html",
        {
            "statement": row,
            "customer": row.wallet.owner,
            "run": row.run,
            "slip": shown.of_statement(row, programme=programme),
            "unpaid_minor": queries.unpaid([row])[row.id],
        },
    )


@require_GET
@access.staff_required(*access.OFFICE)
def statement_pdf(_request: HttpRequest, *, programme: Programme, statement: UUID) -> HttpResponse:
    """The same as a file, in the customer's language."""
    row = Statement.named(programme_id=programme.id, public_id=statement)
    language = row.wallet.owner.language or programme.language
    with translation.override(language):
        slip = shown.of_statement(row, programme=programme)
    name = f"{row.wallet.owner}-{row.month:%Y-%m}"
    return desk.download(*shown.pdf(slip, name=name, language=language, at=row.run.at))


def _panel(wallet: Wallet) -> dict[str, Any]:
    """What a customer's page shows of their statements: three queries."""
    found = queries.statements_of(wallet=wallet)
    debts = queries.debts(programme_id=wallet.programme_id, wallets=[wallet.pk]) if found else []
    debt = debts[0] if debts else None
    due_on: date | None = debt.parts[0][0] if debt else None
    return {
        "statements": found,
        "unpaid_minor": debt.unpaid_minor if debt else 0,
        "due_on": due_on,
        "is_overdue": due_on is not None and due_on < timezone.localdate(),
        "overdue_since": wallet.overdue_since,
        "agreed_floor_minor": wallet.agreed_floor_minor,
    }


panel = Panel("settlements/panel.html", _panel)


# ---- Terms ----


@require_GET
@access.staff_required(*access.OFFICE)
def account_terms(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Until when debts are to be settled, for everybody and for groups."""
    found = queries.all_terms(programme_id=programme.id)
    groups = customers.groups(programme_id=programme.id)
    rows = [(group, queries.terms_for(group.pk, found), group.pk in found) for group in groups]
    return desk.render(request, "settlements/terms.html", {"usual": found[None], "rows": rows})


@form_view
@access.staff_required(*access.MANAGE)
def account_terms_edit(
    request: HttpRequest, *, programme: Programme, customer_group: UUID | None = None
) -> HttpResponse:
    """Agree on terms with a group, or with all who are in none with terms of its own."""
    group = None
    if customer_group is not None:
        group = Group.named(programme_id=programme.id, public_id=customer_group)
    terms = queries.terms_for(group.pk if group else None, queries.all_terms(programme_id=programme.id))
    form = TermsForm(request.POST or None, terms=terms)
    if request.method == "POST" and form.is_valid():
        agreed = desk.attempt(
            form,
            lambda: actions.agree_on_terms(
                programme=programme, group=group, terms=form.terms, deed=access.deed(request)
            ),
            request=request,
        )
        if agreed:
            toasts.done(request, _("Saved. It holds for the statements that are made from now on."))
            return redirect("account_terms", programme=programme.slug)
    return desk.render_form(
        request,
        form,
        heading=_("Terms of %(group)s") % {"group": group.name} if group else _("Terms for everybody"),
        lead=_("Statements that were made before keep the terms that they were made with."),
        submit=_("Save"),
        back_url=reverse("account_terms", kwargs={"programme": programme.slug}),
        back_label=_("Terms"),
    )


urlpatterns = [
    path("accounts/", accounts, name="accounts"),
    path("accounts/make/", statements_make, name="statements_make"),
    path("accounts/terms/", account_terms, name="account_terms"),
    path("accounts/terms/all/", account_terms_edit, name="account_terms_all"),
    path("accounts/terms/<uuid:customer_group>/", account_terms_edit, name="account_terms_group"),
    path("accounts/runs/<uuid:run>/", statement_run, name="statement_run"),
    path("accounts/runs/<uuid:run>/debts.pdf", run_pdf, name="run_pdf"),
    path("accounts/runs/<uuid:run>/payroll.csv", run_payroll, name="run_payroll"),
    path("accounts/runs/<uuid:run>/settle/", run_settle, name="run_settle"),
    path("accounts/statements/<uuid:statement>/", statement, name="statement"),
    path("accounts/statements/<uuid:statement>/statement.pdf", statement_pdf, name="statement_pdf"),
    path("accounts/settlements/<uuid:settlement>/", settlement, name="settlement"),
    path("accounts/settlements/<uuid:settlement>/undo/", settlement_undo, name="settlement_undo"),
]
