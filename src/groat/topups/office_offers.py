"""The office's pages about what is on offer to those who top up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from groat.programmes import access, desk
from groat.programmes.models import Programme
from groat.topups import offering, preview, queries, shown
from groat.topups.models import Offer, OfferKind
from groat.topups.offer_forms import AmountsForm, BonusForm, OfferForm, PackageForm
from groat.topups.offering import OfferChanges
from groat.topups.offers import FreeAmounts
from groat.web import toasts

form_view = require_http_methods(["GET", "HEAD", "POST"])

_FORMS: Mapping[str, type[OfferForm]] = {OfferKind.PACKAGE: PackageForm, OfferKind.BONUS: BonusForm}
_NOT_SAVED = 2**63 - 1
"""The key of an offer that is being typed: the youngest of all, so that of two equal ones the other counts."""


@require_GET
@access.staff_required(*access.OFFICE)
def offers(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """All that is, will be and was on offer, each with what it has given."""
    now = timezone.now()
    rows = [_shown(counted, programme, now) for counted in queries.offers_of(programme_id=programme.id)]
    free = queries.free_amounts(programme_id=programme.id)
    context = {
        "packages": [row for row in rows if row["state"] != "over" and row["offer"].sort == OfferKind.PACKAGE],
        "bonuses": [row for row in rows if row["state"] != "over" and row["offer"].sort == OfferKind.BONUS],
        "over": [row for row in rows if row["state"] == "over"],
        "free": free,
        "free_text": _free_text(free, programme),
    }
    return desk.render(request, "topups/offers.html", context)


def _shown(counted: queries.Counted, programme: Programme, now: datetime) -> dict[str, Any]:
    offer = counted.offer
    return {
        "offer": offer,
        "given_minor": counted.given_minor,
        "top_ups": counted.top_ups,
        "state": _state(offer, now),
        "gives": shown.gives(offer, programme),
        "for_whom": shown.for_whom(offer),
        "where": shown.where(offer),
        "when": shown.when(offer),
    }


def _state(offer: Offer, now: datetime) -> str:
    if offer.withdrawn_at is not None or (offer.ends_at is not None and offer.ends_at <= now):
        return "over"
    return "coming" if offer.starts_at is not None and offer.starts_at > now else "open"


def _free_text(free: FreeAmounts, programme: Programme) -> str:
    if not free.are_sold:
        return _("Only packages are sold.")
    named = {
        "least": shown.credits_text(free.least_minor or 0, programme),
        "most": shown.credits_text(free.most_minor or 0, programme),
    }
    if free.least_minor is not None and free.most_minor is not None:
        return _("Any amount from %(least)s to %(most)s is sold.") % named
    if free.least_minor is not None:
        return _("Any amount from %(least)s on is sold.") % named
    return _("Any amount up to %(most)s is sold.") % named if free.most_minor is not None else _("Any amount is sold.")


# ---- One offer ----


@form_view
@access.staff_required(*access.MANAGE)
def offer_new(request: HttpRequest, *, programme: Programme, sort: str) -> HttpResponse:
    """Put a package or a bonus on offer."""
    form = _FORMS[sort](request.POST or None, programme=programme)
    if request.method == "POST" and form.is_valid():
        offer = desk.attempt(
            form,
            lambda: offering.add(programme=programme, sort=form.sort, **form.told(), deed=access.deed(request)),
            request=request,
        )
        if offer:
            toasts.done(request, _("%(offer)s is on offer.") % {"offer": offer.name})
            return _to(programme)
    heading = _("New package") if sort == OfferKind.PACKAGE else _("New bonus")
    return _page(request, form, programme, heading=heading)


@form_view
@access.staff_required(*access.MANAGE)
def offer_edit(request: HttpRequest, *, programme: Programme, offer: UUID) -> HttpResponse:
    """Change what an offer says from now on."""
    row = _found(programme, offer)
    form = _FORMS[row.sort](request.POST or None, programme=programme, offer=row)
    if request.method == "POST" and form.is_valid():
        changed = desk.attempt(
            form, lambda: offering.change(offer=row, **form.told(), deed=access.deed(request)), request=request
        )
        if changed:
            toasts.done(request, _("%(offer)s was saved.") % {"offer": changed.name})
            return _to(programme)
    return _page(request, form, programme, heading=row.name, offer=row)


def _page(
    request: HttpRequest, form: OfferForm, programme: Programme, *, heading: str, offer: Offer | None = None
) -> HttpResponse:
    table = _table(form, programme, offer)
    return desk.render_form(request, form, "topups/offer.html", heading=heading, offer=offer, table=table)


@require_GET
@access.staff_required(*access.MANAGE)
def offer_preview(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """What somebody would get, as it is being typed."""
    named = request.GET.get("offer", "")
    row = _found(programme, named) if named else None
    kind = _FORMS.get(row.sort if row else request.GET.get("sort", ""), PackageForm)
    form = kind(request.GET, programme=programme, offer=row)
    form.is_valid()
    return desk.render(request, "topups/offer.html#table", {"form": form, "table": _table(form, programme, row)})


def _table(form: OfferForm, programme: Programme, offer: Offer | None) -> preview.Table | None:
    """What the form says, or while it says nothing that holds together, None."""
    told: OfferChanges = form.told() if form.is_bound and hasattr(form, "cleaned_data") else {}
    if form.is_bound:
        draft = offering.drafted(programme=programme, sort=form.sort, key=offer.id if offer else _NOT_SAVED, **told)
        draft.name = draft.name or _("This offer")
        draft.created_at = timezone.now()
    elif offer is not None:
        draft = offer
    else:
        return None
    if not offering.holds_together(draft):
        return None
    return preview.of(draft, programme=programme, now=timezone.now(), usual=shown.usual_amounts(programme))


@require_POST
@access.staff_required(*access.MANAGE)
def offer_withdraw(request: HttpRequest, *, programme: Programme, offer: UUID) -> HttpResponse:
    """Take an offer off at once."""
    row = offering.withdraw(offer=_found(programme, offer), deed=access.deed(request))
    undo = reverse("offer_restore", kwargs={"programme": programme.slug, "offer": row.public_id})
    toasts.done(request, _("%(offer)s is no longer on offer.") % {"offer": row.name}, undo_url=undo)
    return _to(programme)


@require_POST
@access.staff_required(*access.MANAGE)
def offer_restore(request: HttpRequest, *, programme: Programme, offer: UUID) -> HttpResponse:
    """Put a withdrawn offer back."""
    row = offering.restore(offer=_found(programme, offer), deed=access.deed(request))
    toasts.done(request, _("%(offer)s is on offer again.") % {"offer": row.name})
    return _to(programme)


@form_view
@access.staff_required(*access.MANAGE)
def offer_amounts(request: HttpRequest, *, programme: Programme) -> HttpResponse:
    """Whether any amount is sold, and between which limits."""
    free = queries.free_amounts(programme_id=programme.id)
    form = AmountsForm(
        request.POST or None,
        programme=programme,
        initial={"are_sold": free.are_sold, "least": free.least_minor, "most": free.most_minor},
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        done = desk.attempt(
            form,
            lambda: offering.limit_amounts(
                programme=programme,
                are_sold=typed["are_sold"],
                least_minor=typed["least"],
                most_minor=typed["most"],
                deed=access.deed(request),
            ),
            request=request,
        )
        if done:
            toasts.done(request, _("It was saved."))
            return _to(programme)
    return desk.render_form(
        request,
        form,
        back_url=reverse("offers", kwargs={"programme": programme.slug}),
        back_label=_("Offers"),
        heading=_("Amounts that may be bought"),
        lead=_("Of the customer’s own choice, at the till, in the office and by REST. Packages have no limits."),
        submit=_("Save"),
    )


def _found(programme: Programme, offer: UUID | str) -> Offer:
    row = Offer.named(programme_id=programme.id, public_id=offer)
    row.programme = programme
    return row


def _to(programme: Programme) -> HttpResponse:
    return redirect("offers", programme=programme.slug)


urlpatterns = [
    path("offers/", offers, name="offers"),
    path("offers/packages/new/", offer_new, {"sort": OfferKind.PACKAGE.value}, name="package_new"),
    path("offers/bonuses/new/", offer_new, {"sort": OfferKind.BONUS.value}, name="bonus_new"),
    path("offers/preview/", offer_preview, name="offer_preview"),
    path("offers/amounts/", offer_amounts, name="offer_amounts"),
    path("offers/<uuid:offer>/", offer_edit, name="offer_edit"),
    path("offers/<uuid:offer>/withdraw/", offer_withdraw, name="offer_withdraw"),
    path("offers/<uuid:offer>/restore/", offer_restore, name="offer_restore"),
]
