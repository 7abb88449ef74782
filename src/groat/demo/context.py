"""What the demo adds to pages: its logins beside the sign-in form."""

from typing import Any

from django.http import HttpRequest

from groat.demo import folder


def logins(request: HttpRequest) -> dict[str, Any]:
    """The demo's logins, for the sign-in page alone; settings use this in the demo and nowhere else."""
    match = request.resolver_match
    return {"demo_logins": folder.read().get("logins", [])} if match and match.url_name == "account_login" else {}
