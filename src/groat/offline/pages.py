"""The till without a network: what makes it an app, what its page is told, and what it sends."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from groat import walls
from groat.errors import NotFound
from groat.offline import actions, envelopes, queries
from groat.offline.envelopes import NotSigned
from groat.offline.models import OfflineDevice, OfflineTap, TapState
from groat.programmes import access
from groat.programmes.deeds import Actor, Deed
from groat.programmes.models import Programme, Till
from groat.till import asking, shown
from groat.web import refusals

# ---- An app ----


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at an address above all tills so that it may serve them."""
    del request
    found = finders.find("offline/worker.js")
    response = HttpResponse(Path(str(found)).read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
@access.staff_required(*access.TILL)
def manifest(request: HttpRequest, *, programme: Programme, till: UUID) -> HttpResponse:
    """What a browser must know to install a till as an app (W3C, Web Application Manifest)."""
    del request
    row = Till.named(programme_id=programme.id, public_id=till)
    start = reverse("till", kwargs={"programme": programme.slug, "till": row.public_id})
    about = {
        "id": start,
        "name": f"{row.name} · {programme.name}",
        "short_name": row.name,
        "start_url": start,
        "scope": f"/till/{programme.slug}/",
        "display": "standalone",
        "background_color": "#f6f2ea",
        "theme_color": "#f6f2ea",
        "icons": [
            {"src": static("offline/app.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            {"src": static("offline/app-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any"},
            {"src": static("offline/app-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
        ],
    }
    return HttpResponse(json.dumps(about), content_type="application/manifest+json")


# ---- What the till's page is told ----


_ONLY_WHEN_NEEDED = ("web/vendor/barcode-detector/zxing_reader.wasm",)
"""What the page loads when it is asked for, which an app must have before."""


def about(request: HttpRequest, till: Till) -> dict[str, Any]:
    """What the page's script must know: where to enrol and send, and whether taps may be taken at all."""
    staff = access.staff_of(request)
    ids = {"programme": staff.programme.slug, "till": till.public_id}
    return {
        "offline": {
            "isAllowed": queries.terms(programme_id=till.programme_id) is not None,
            "staff": str(staff.public_id),
            "worker": reverse("till_worker"),
            "contact": reverse("till_offline", kwargs=ids),
            "taps": reverse("till_offline_taps", kwargs=ids),
            "files": [static(name) for name in _ONLY_WHEN_NEEDED],
        }
    }


@asking.answers
def contact(request: HttpRequest, till: Till, body: dict[str, Any]) -> dict[str, Any]:
    """The page tells that it is there and with which key it signs; it is told what it may take from now on."""
    name = asking.note(body, "name", longest=80) or "–"
    device = actions.contact(till=till, jwk=body.get("jwk"), name=name, deed=access.deed(request))
    key = envelopes.server_key(programme_id=till.programme_id)
    return {"key": envelopes.public_jwk(key), **_told(device)}


def _told(device: OfflineDevice) -> dict[str, Any]:
    """What a device may do until it hears of us again. None for `grant`: nothing."""
    terms = queries.terms(programme_id=device.programme_id)
    if terms is None or device.revoked_at is not None:
        return {"device": str(device.public_id), "grant": None}
    most = queries.limits(device, terms=terms)
    return {
        "device": str(device.public_id),
        "grant": {
            "number": device.grant,
            "seconds": terms.hours * 3600,
            "payment_minor": most.payment_minor,
            "copyable_minor": most.copyable_minor,
            "card_minor": most.card_minor,
            "till_minor": most.till_minor,
        },
    }


# ---- What a device sends ----


# No cookie and no password: each envelope is signed by the device, which may come back after hours.
@csrf_exempt
@require_POST
@never_cache
def taps(request: HttpRequest, *, programme: str, till: UUID) -> HttpResponse:
    """Book what a device kept; it is told what became of each."""
    try:
        sent: dict[str, Any] = json.loads(request.body)
        device = _device(programme, till, sent)
        deed = Deed.at_once(Actor(device.enrolled_by, device.name, None, access.client_address(request)))
        with walls.inside(device.programme_id):
            done = actions.receive(device=device, sent=sent["taps"], deed=deed)
    except (NotFound, NotSigned):
        return JsonResponse({"code": "offline_device_unknown", "sentence": ""}, status=404)
    except (KeyError, TypeError, ValueError, ValidationError):
        return JsonResponse({"code": "request_invalid", "sentence": ""}, status=400)
    device.refresh_from_db()
    told = [_outcome(one, programme=device.programme) for one in done]
    return JsonResponse({"taps": told, **_told(device)})


def _device(programme: str, till: UUID, sent: dict[str, Any]) -> OfflineDevice:
    found = OfflineDevice.objects.select_related("till", "programme").filter(programme__slug=programme)
    key = OfflineDevice.key_of(sent["device"])
    texts = sent["taps"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError
    device = found.filter(pk=key, till=Till.key_of(till)).first()
    if device is None:
        raise NotFound
    return device


def _outcome(tap: OfflineTap, *, programme: Programme) -> dict[str, Any]:
    """What became of a tap, for who stands at the till."""
    sentence = refusals.worded(tap.why, programme=programme) if tap.why and tap.state == TapState.OWED else ""
    name = tap.card.customer.name if tap.card else ""
    return {"sequence": tap.sequence, "state": tap.state, "sentence": sentence, "customer": shown.first_name(name)}


urlpatterns = [
    path("<uuid:till>/app.webmanifest", manifest, name="till_manifest"),
    path("<uuid:till>/offline/", contact, name="till_offline"),
    path("<uuid:till>/offline/taps/", taps, name="till_offline_taps"),
]
