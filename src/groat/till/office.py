"""The office's pages about payments: the list, one payment, and giving it back."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groat import ids
from groat.customers import statements
from groat.ledger.core.entries import Kind
from groat.ledger.queries import Line
from groat.programmes import access, days, desk
from groat.programmes import queries as programmes
from groat.programmes.models import Programme
from groat.till import actions, queries
from groat.till.forms import PaymentFilter, RefundForm
from groat.till.models import Payment, PaymentState, Refund
from groat.web import money, toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

PAGE = 50


@require_GET
@access.staff_required(*access.OFFICE)
def payments(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """The programme's payments, by till, day and state."""
    form = PaymentFilter(request.GET, tills=programmes.tills(programme_id=programme.id, closed=True))
    form.is_valid()
    chosen = form.cleaned_data
    day: date | None = chosen.get("day")
    found = queries.payments(
        programme_id=programme.id,
        before=desk.cursor(request),
        limit=PAGE + 1,
        till=form.tills.get(chosen.get("till", "")),
        state=chosen.get("state", ""),
        since=days.start_of(day, time_zone=programme.time_zone) if day else None,
        until=days.start_of(day + timedelta(days=1), time_zone=programme.time_zone) if day else None,
    )
    return desk.render_list(
        request,
        "till/office/payments.html",
        {
            "form": form,
            "rows": found[:PAGE],
            "next_cursor": str(found[PAGE - 1].id) if len(found) > PAGE else None,
            "is_filtered": any(chosen.values()) or "cursor" in request.GET,
        },
    )


@require_GET
@access.staff_required(*access.OFFICE)
def payment(request: HttpRequest, *, programme: Programme, payment: UUID) -> HttpResponse:
    """What was bought, where, by whom, and what was given back of it."""
    row = Payment.named(programme_id=programme.id, public_id=payment)
    refunds = queries.refunds(payment=row)
    names = programmes.names_of(programme_id=programme.id, actors=[row.actor, *(refund.actor for refund in refunds)])
    return desk.render(
        request,
        "till/office/payment.html",
        {
            "payment": row,
            "who": names.get(row.actor, ""),
            "refunds": [(refund, names.get(refund.actor, "")) for refund in refunds],
            "may_refund": row.state == PaymentState.PAID and row.refunded_minor < row.amount_minor,
        },
    )


@form_view
@access.staff_required(*access.MANAGE)
def payment_refund(request: HttpRequest, *, programme: Programme, payment: UUID) -> HttpResponse:
    """Give a payment back, or a part of it."""
    row = Payment.named(programme_id=programme.id, public_id=payment)
    form = RefundForm(request.POST or None, programme=programme, payment=row)
    if request.method == "POST" and form.is_valid():
        done = desk.attempt_once(
            form,
            lambda: actions.refund(
                payment=row,
                amount_minor=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
                deed=access.deed(request),
            ),
            request=request,
        )
        if done:
            toasts.done(request, _("The credits are back in the wallet of %(customer)s.") % {"customer": row.customer})
            cash_minor = Refund.named(programme_id=programme.id, public_id=done).cash_minor
            if cash_minor:
                toasts.done(request, _("Hand back in cash: %(cash)s") % {"cash": _credits(cash_minor, programme)})
            return redirect("payment", programme=programme.slug, payment=row.public_id)
    back = reverse("payment", kwargs={"programme": programme.slug, "payment": payment})
    return desk.render_form(
        request,
        form,
        payment=row,
        about="till/office/refund_about.html",
        back_url=back,
        back_label=_("Payment"),
        heading=_("Refund a payment of %(customer)s") % {"customer": row.customer},
        submit=_("Give back"),
        once=True,
    )


# ---- On a customer's statement ----


def tell(programme: Programme, lines: Sequence[Line]) -> Mapping[int, statements.Told]:
    """What a statement says about payments and refunds; two queries."""
    # A payment that waited for confirmation is known by its hold.
    paid = {line.entry_id: line.hold or line.entry_id for line in lines if line.kind in (Kind.SPEND, Kind.CAPTURE)}
    rows = Payment.objects.filter(programme_id=programme.id, pk__in=set(paid.values())).select_related("till")
    by_id = {row.id: row for row in rows}
    told = {entry: _paid(by_id[key], programme) for entry, key in paid.items() if key in by_id}
    reversals = [line.entry_id for line in lines if line.kind is Kind.REVERSAL]
    given = Refund.objects.filter(programme_id=programme.id, pk__in=reversals).select_related("payment__till")
    return told | {row.id: _given_back(row, programme) for row in given}


def _paid(row: Payment, programme: Programme) -> statements.Told:
    named = _named(programme, row.id)
    is_all_back = row.refunded_minor >= row.amount_minor
    return statements.Told(
        bought(row.lines) or _("Payment"),
        row.till.name,
        reverse("payment", kwargs=named),
        undo_url="" if is_all_back else reverse("payment_refund", kwargs=named),
        undo_label=_("Refund"),
    )


def _given_back(row: Refund, programme: Programme) -> statements.Told:
    what = bought(row.payment.lines)
    title = _("Refund: %(what)s") % {"what": what} if what else _("Refund of a payment")
    return statements.Told(title, row.payment.till.name, reverse("payment", kwargs=_named(programme, row.payment_id)))


def _credits(amount_minor: int, programme: Programme) -> str:
    return money.format_credits(
        amount_minor,
        decimals=programme.credit_decimals,
        name=programme.credit_name,
        language=get_language() or "en",
    )


def _named(programme: Programme, payment_id: int) -> dict[str, Any]:
    return {"programme": programme.slug, "payment": ids.public(Payment.kind, payment_id)}


def bought(lines: list[dict[str, Any]]) -> str:
    """A basket in a few words: 2 × Espresso, Cappuccino (Oat milk). Empty for a free amount."""
    return ", ".join(
        f"{line['quantity']} × {_named_line(line)}" if line["quantity"] > 1 else _named_line(line)
        for line in lines
        if line["name"]
    )


def _named_line(line: dict[str, Any]) -> str:
    chosen = ", ".join(choice["name"] for choice in line.get("choices", ()))
    return f"{line['name']} ({chosen})" if chosen else str(line["name"])


urlpatterns = [
    path("payments/", payments, name="payments"),
    path("payments/<uuid:payment>/", payment, name="payment"),
    path("payments/<uuid:payment>/refund/", payment_refund, name="payment_refund"),
]
