"""Sets the stage in the database that the environment names: a programme, a till, cards with credit, a key."""

import json

from django.core.management import call_command

from groat.programmes import actions
from groat.programmes.models import Scope
from tests import factories

CARDS = 24
CREDIT_MINOR = 1_000_000


def set_up() -> None:
    """Make it all, and print it as JSON."""
    call_command("migrate", verbosity=0)
    programme = factories.a_programme(slug="stage")
    till = factories.a_till(programme=programme)
    _, secret = actions.issue_key(programme=programme, name="Kiosk", scopes=list(Scope), deed=factories.a_deed())
    tokens = [factories.a_token() for _ in range(CARDS)]
    for token in tokens:
        card = factories.a_card(wallet=factories.a_wallet(programme=programme), token=token)
        factories.funded(card.wallet, CREDIT_MINOR)
    print(json.dumps({"programme": programme.id, "till": str(till.public_id), "secret": secret, "tokens": tokens}))
