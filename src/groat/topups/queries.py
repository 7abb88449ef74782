"""Reads over the credits sold."""

from groat.topups.models import TopUp


def top_ups(
    *, programme_id: int, wallet_id: int | None = None, before: int | None = None, limit: int = 50
) -> list[TopUp]:
    """The programme's top-ups, or a wallet's, newest first, with wallet and owner; one query.

    `before` is the id of the last one seen.
    """
    found = TopUp.objects.filter(programme_id=programme_id).select_related("wallet__owner")
    if wallet_id is not None:
        found = found.filter(wallet_id=wallet_id)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])
