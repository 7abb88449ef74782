"""What anybody's phone opens when a chip is held to it: the card's own balance, for this one tap."""

from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from groat import walls
from groat.api.limits import Limiter
from groat.cards import actions
from groat.cards.models import CardState
from groat.cards.rules import TapUsedBefore
from groat.errors import Refusal
from groat.ledger import queries as ledger
from groat.programmes import access
from groat.programmes.deeds import SYSTEM, Deed
from groat.programmes.models import Programme


@cache
def _taps() -> Limiter:
    return Limiter(policy="address")


@require_GET
@never_cache
def tapped(request: HttpRequest, *, programme: str) -> HttpResponse:
    """The balance behind a chip's tap. It opens once: the next look takes the next tap.

    A number that anybody could have typed opens nothing.
    """
    row = get_object_or_404(Programme, slug=programme)
    address = access.client_address(request)
    if not _taps().take(address, per_minute=settings.STRANGERS_PER_MINUTE).allowed:
        return render(request, "429.html", status=429)
    token = request.build_absolute_uri()
    with walls.inside(row.id), timezone.override(ZoneInfo(row.time_zone)):
        try:
            card = actions.recognise_tap(programme=row, token=token, deed=Deed.at_once(SYSTEM))
        except TapUsedBefore:
            return _page(request, row, status=403, is_used=True)
        except Refusal:
            return _page(request, row, status=403, is_doubtful=True)
        if card is None:
            return _page(request, row, status=404)
        seen = ledger.look(programme_id=row.id, wallet=card.wallet_id, now=timezone.now())
        expiring = next((lot for lot in seen.lots if lot.expires_at), None)
        return _page(
            request,
            row,
            card=card,
            standing=seen.standing,
            expiring=expiring,
            is_active=card.state == CardState.ACTIVE,
        )


@require_GET
@never_cache
def printed(request: HttpRequest, *, programme: str, code: str) -> HttpResponse:
    """What a phone opens that reads a printed code: where it is good, whatever it says."""
    del code
    return render(request, "cards/code.html", {"programme": get_object_or_404(Programme, slug=programme)})


def _page(request: HttpRequest, programme: Programme, *, status: int = 200, **found: object) -> HttpResponse:
    return render(request, "cards/tapped.html", {"programme": programme, **found}, status=status)
