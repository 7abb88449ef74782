"""`groat heads`: the seal's heads, to be kept elsewhere."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from groat.ledger import seal
from groat.programmes import trail
from groat.programmes.models import Programme


class Command(BaseCommand):
    help = (
        "Print each programme's last sealed block, and the last link of its audit trail, as JSON. "
        "Kept where this machine cannot write, it proves later "
        "that nothing before it was changed: groat verify --heads FILE."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        heads = []
        for programme in Programme.objects.order_by("slug"):
            block, link = seal.head(programme_id=programme.id), trail.head(programme_id=programme.id)
            if block:
                heads.append(
                    {
                        "programme": programme.slug,
                        "number": block.number,
                        "horizon": block.horizon,
                        "hash": bytes(block.hash).hex(),
                        "sealed_at": block.sealed_at.isoformat(),
                        "trail": {"number": link.number, "hash": bytes(link.hash).hex()} if link else None,
                    }
                )
        self.stdout.write(json.dumps(heads, indent=2))
