"""Books in which everything has happened."""

from datetime import timedelta

from groat.ledger.core import commands
from groat.ledger.core.lots import Origin
from tests.ledger.books import NOW, Ledger

HOUR = timedelta(hours=1)


def everything() -> Ledger:
    """Two wallets, prepaid and postpaid, after one of each command, hours apart; two holds are open.

    The first wallet has three lots left (one with a moved expiry), the second one is in debt.
    """
    ledger = Ledger(0, -500)
    one, two = ledger.wallets
    ledger.top_up(1000, bonus_minor=100, expires_at=NOW + 90 * HOUR, bonus_expires_at=NOW + 3 * HOUR)
    ledger.top_up(200, wallet=two, expires_at=NOW + 40 * HOUR)
    spent = ledger.spend(30).entry
    ledger.spend(450, wallet=two)
    partly = ledger.post(commands.PlaceHold(one, 60, NOW + 50 * HOUR)).holds[0]
    given_up = ledger.post(commands.PlaceHold(one, 40, NOW + 50 * HOUR)).holds[0]
    ledger.post(commands.PlaceHold(one, 25, NOW + 2 * HOUR))
    ledger.move_on(NOW + 4 * HOUR)
    ledger.post(commands.Expire(one))
    ledger.post(commands.Capture(partly.id, 45))
    ledger.post(commands.Release(given_up.id))
    assert spent is not None
    ledger.post(commands.Reverse(spent.id, 10, reason="too much"))
    ledger.post(commands.Reverse(spent.id, reason="and the rest"))
    ledger.post(commands.Extend(one, NOW + 99 * HOUR, reason="a holiday"))
    ledger.post(commands.Transfer(one, two, 100, reason="for a friend"))
    ledger.post(commands.Adjust(one, 70, "sorry", "staff:1", Origin.GIFT, NOW + 60 * HOUR))
    ledger.post(commands.Adjust(one, -5, "a slip", "staff:1"))
    ledger.post(commands.WriteOff(two, "good will", "staff:1", 20))
    mistaken = ledger.top_up(300, bonus_minor=30, wallet=two, extends=True).entry
    assert mistaken is not None
    ledger.spend(200, wallet=two)
    ledger.post(commands.Reverse(mistaken.id, 200, reason="the card was declined"))
    ledger.post(commands.SetFloor(two, -100))
    ledger.post(commands.PlaceHold(one, 33, NOW + 50 * HOUR))
    ledger.post(commands.PlaceHold(one, 44, NOW + 70 * HOUR))
    return ledger
