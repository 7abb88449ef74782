"""The pages for integrators: the interactive document, and what each problem means."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from groat.api.document import example
from groat.api.problems import KINDS


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The document, to read and to try out."""
    return render(request, "api/docs.html")


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """All problems by status; a problem's `type` leads here."""
    told: list[dict[str, Any]] = [{"code": code, **example(code)} for code in KINDS]
    return render(
        request, "api/problems.html", {"problems": sorted(told, key=lambda one: (one["status"], one["code"]))}
    )
