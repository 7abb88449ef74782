"""Which programme a host name belongs to: there nothing else is to be found, and unknown hosts are refused."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import split_domain_port, validate_host

from groat.programmes.models import Programme

KNOWN_FOR_SECONDS = 30.0
"""So long a process goes by what it has read: hosts change by the operator's hand alone."""


class Hosts:
    """Middleware, before all others. A host is one of all programmes (GROAT_HOSTS), or that of one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._slugs: dict[str, str] = {}
        self._read_at = float("-inf")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse a host that is nobody's, and remember whose this one is."""
        host = split_domain_port(request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", ""))[0].rstrip(".")
        if not validate_host(host, settings.COMMON_HOSTS):
            slug = self._slug_of(host)
            if slug is None:
                return HttpResponse(b"Unknown host\n", status=400, content_type="text/plain")
            request.programme_of_host = slug  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: object, _args: Any, named: dict[str, Any]) -> None:
        """Another programme than the host's is not there."""
        slug, asked = of(request), named.get("programme")
        if slug is not None and asked is not None and asked != slug:
            raise Http404

    def _slug_of(self, host: str) -> str | None:
        if time.monotonic() - self._read_at > KNOWN_FOR_SECONDS:
            self._slugs = dict(Programme.objects.exclude(host="").values_list("host", "slug"))
            self._read_at = time.monotonic()
        return self._slugs.get(host)


def of(request: HttpRequest) -> str | None:
    """The slug of the programme that the request's host belongs to; None for a host of all programmes."""
    return getattr(request, "programme_of_host", None)
