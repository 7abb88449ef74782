"""The office's pages of reports: the choice of them, each as a table and as a file, and what is behind a figure."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from groat.customers.models import Wallet
from groat.errors import Refusal
from groat.ledger.core.accounts import LAST_TALLY, Tally
from groat.programmes import access, desk
from groat.programmes.models import Programme
from groat.reports import entries as behind
from groat.reports import files
from groat.reports.asked import Asked, Filter, Known, asked_of
from groat.reports.figures import FiguresNotReady, reading
from groat.reports.periods import Named
from groat.reports.tables import Column, Line, Table, Unit, Value, headed, shown
from groat.reports.told import REPORTS, Report
from groat.web import toasts

PAGE = 50
_MORE = ("hour", "weekday", "means", "actor")


@require_GET
@access.staff_required(*access.OFFICE)
def reports(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Which reports there are: that of VAT for those who charge it."""
    useful = {slug: one for slug, one in REPORTS.items() if slug != "vat" or programme.vat_rate is not None}
    return desk.render(request, "reports/reports.html", {"reports": useful})


@require_GET
@access.staff_required(*access.OFFICE)
def report(request: HttpRequest, *, programme: Programme, report: str) -> HttpResponse:
    """A report as a table."""
    chosen = _chosen(report)
    form, asked = _asked(request, programme)
    try:
        with reading(programme) as figures:
            table = chosen.build(figures, asked)
    except FiguresNotReady as refusal:
        said = desk.worded(refusal, request=request)
        table = Table(str(chosen.name), (), (), facts=asked.facts, notes=(said,), empty=said)
    context = {"form": form, "asked": asked, "report": chosen, "slug": report, "files": _files(request, chosen.formats)}
    return desk.render(request, "reports/report.html", context | _laid_out(table, programme))


@require_GET
@access.staff_required(*access.OFFICE)
def report_file(request: HttpRequest, *, programme: Programme, report: str, file_format: str) -> HttpResponse:
    """A report as a file."""
    chosen = _chosen(report)
    if file_format not in chosen.formats:
        raise Http404
    _form, asked = _asked(request, programme)
    try:
        with reading(programme) as figures:
            content = chosen.written(figures, asked, file_format=file_format, at=timezone.now())
    except Refusal as refusal:
        toasts.failed(request, desk.worded(refusal, request=request))
        return redirect("report", programme=programme.slug, report=report)
    return _download(content, report, asked, file_format)


@require_GET
@access.staff_required(*access.OFFICE)
def entries(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """What was posted to an account of the programme's own, or to a wallet."""
    form, asked = _asked(request, programme)
    account, name = _account(request, programme)
    rows = behind.found(asked, account=account, before=desk.cursor(request), limit=PAGE + 1)
    table = _statement(asked, account, name, rows[:PAGE])
    context = {
        "form": form,
        "asked": asked,
        "account": request.GET.get("account", ""),
        "accounts": [(int(tally), behind.account_name(tally)) for tally in Tally],
        "is_wallet": account > LAST_TALLY,
        "files": _files(request),
        "next_cursor": str(rows[PAGE - 1].entry) if len(rows) > PAGE else None,
        "more": [(key, request.GET[key]) for key in _MORE if request.GET.get(key)],
    }
    return desk.render_list(request, "reports/entries.html", context | _laid_out(table, programme))


@require_GET
@access.staff_required(*access.OFFICE)
def entries_file(request: HttpRequest, *, programme: Programme, file_format: str) -> HttpResponse:
    """The same as a file, as much of it as the format holds."""
    _form, asked = _asked(request, programme)
    account, name = _account(request, programme)
    most = files.MOST_LINES.get(file_format, 0)
    rows = behind.found(asked, account=account, limit=most + 1)
    table = _statement(asked, account, name, rows[:most], is_cut=len(rows) > most)
    return _file(table, "entries", asked, file_format)


def _chosen(slug: str) -> Report:
    if slug not in REPORTS:
        raise Http404
    return REPORTS[slug]


def _asked(request: HttpRequest, programme: Programme) -> tuple[Filter, Asked]:
    known = Known(programme)
    form = Filter(request.GET.dict(), known=known)
    more = {name: request.GET[name] for name in _MORE if request.GET.get(name)}
    return form, asked_of(form, known=known, today=timezone.localdate(), more=more)


def _account(request: HttpRequest, programme: Programme) -> tuple[int, str]:
    """The account that the address names: a tally by its number, a wallet by its public id."""
    text = request.GET.get("account", str(int(Tally.REVENUE)))
    if text.isascii() and text.isdecimal() and len(text) < 3:
        if int(text) not in set(Tally):
            raise Http404
        return int(text), behind.account_name(int(text))
    wallet = Wallet.named(programme_id=programme.id, public_id=text)
    return wallet.id, str(wallet.owner)


def _statement(asked: Asked, account: int, name: str, rows: list[behind.Found], *, is_cut: bool = False) -> Table:
    """The postings of an account, with where it stood before and after when all of the period is told."""
    programme, sign = asked.programme, behind.sign_of(account)
    in_currency = Tally.TAKINGS <= account <= LAST_TALLY
    unit = Unit.CURRENCY if in_currency else Unit.CREDITS
    asked.known.learn(row.actor for row in rows)
    is_whole = not (asked.place or asked.what or asked.who or asked.more)
    lines = []
    for row in rows:
        what, url = behind.told(row, programme)
        about = [str(row.customer) if row.customer else "", row.reason]
        values: tuple[Value, ...] = (
            row.at,
            what,
            " · ".join(part for part in about if part),
            asked.known.till_name(row.till) if row.till else "",
            asked.known.actor_name(row.actor),
            sign * row.amount_minor,
            *([sign * row.balance_minor] if is_whole else []),
        )
        lines.append(Line(values, ("", url)))
    ((since, until),) = asked.period.ranges(time_zone=programme.time_zone)
    tops: tuple[tuple[str, str], ...] = ()
    if is_whole:
        before = behind.balance_before(programme=programme, account=account, at=since)
        after = behind.balance_before(programme=programme, account=account, at=until)
        tops = tuple(
            (label, shown(sign * minor, unit, programme))
            for label, minor in ((_("Opening"), before), (_("Change"), after - before), (_("Closing"), after))
        )
    notes = [_("Only the newest are in this file: there are more.")] if is_cut else []
    if asked.what:
        notes.append(_("Payments are told whole, though the figure counts their lines of this product alone."))
    return Table(
        _("Statement: %(account)s") % {"account": name},
        (
            Column(_("When")),
            Column(_("What")),
            Column(_("Customer, reason")),
            Column(_("Till")),
            Column(_("By whom")),
            Column(_("Amount"), unit, strong=True),
            *([Column(_("Balance"), unit)] if is_whole else []),
        ),
        tuple(lines),
        facts=asked.facts,
        notes=tuple(notes),
        empty=_("Nothing of that kind happened in this period."),
        tops=tops,
    )


def _laid_out(table: Table, programme: Programme) -> dict[str, Any]:
    """A table as its template shows it: cells ready to be read."""

    def cells(line: Line) -> list[dict[str, Any]]:
        urls = [*line.urls, *[""] * (len(line.values) - len(line.urls))]
        told = zip(line.values, table.columns, urls, strict=True)
        return [
            {
                "text": shown(value, column.unit, programme, bare=table.is_wide),
                "url": url,
                "column": column,
                "is_low": _is_low(value),
            }
            for value, column, url in told
        ]

    return {
        "table": table,
        "heads": [(column, headed(column, programme) if table.is_wide else column.label) for column in table.columns],
        "lines": [cells(line) for line in table.lines],
        "totals": cells(table.totals) if table.totals and table.lines else [],
    }


def _is_low(value: object) -> bool:
    return isinstance(value, int) and value < 0


def _files(request: HttpRequest, formats: Iterable[str] = tuple(files.FORMATS)) -> list[tuple[str, str]]:
    """Addresses of the same as files."""
    query = request.GET.copy()
    query.pop("cursor", None)
    return [(one.upper(), f"{request.path}file.{one}?{query.urlencode()}") for one in formats]


def _file(table: Table, slug: str, asked: Asked, file_format: str) -> HttpResponse:
    if file_format not in files.FORMATS:
        raise Http404
    content = files.written(table, file_format=file_format, programme=asked.programme, at=timezone.now())
    return _download(content, slug, asked, file_format)


def _download(content: bytes, slug: str, asked: Asked, file_format: str) -> HttpResponse:
    name = f"{slug}-{asked.period.since.isoformat()}-{asked.period.until.isoformat()}.{file_format}"
    return desk.download(name, content, content_type=files.CONTENT_TYPES[file_format])


def account_url(programme: Programme, wallet: Wallet) -> str:
    """The statement of a wallet, this year's."""
    path_ = reverse("entries", kwargs={"programme": programme.slug})
    return f"{path_}?account={wallet.public_id}&period={Named.YEAR}"


urlpatterns = [
    path("reports/", reports, name="reports"),
    path("reports/entries/", entries, name="entries"),
    path("reports/entries/file.<str:file_format>", entries_file, name="entries_file"),
    path("reports/<slug:report>/", report, name="report"),
    path("reports/<slug:report>/file.<str:file_format>", report_file, name="report_file"),
]
