"""What the demo adds to pages: its logins beside the sign-in form."""

from typing import Any

from django.http import HttpRequest

from groat.demo import folder
from groat.programmes.models import Role


def logins(request: HttpRequest) -> dict[str, Any]:
    """The demo's logins, for the sign-in page alone; settings use this in the demo and nowhere else."""
    match = request.resolver_match
    if not match or match.url_name != "account_login":
        return {"demo_logins": []}
    return {"demo_logins": [{**login, "role": Role(login["role"]).label} for login in folder.read().get("logins", [])]}
