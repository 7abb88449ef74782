"""What credits were worth when they were spent: what was once paid for them."""

from collections.abc import Mapping
from fractions import Fraction

from groat.ledger.core.lots import Origin
from groat.ledger.models import Lot, LotUse
from groat.programmes.models import Programme
from groat.topups import rules
from groat.topups.models import TopUp


def paid_for(*, programme: Programme, spent: Mapping[int, int]) -> dict[int, int]:
    """What customers once paid for the credits that entries spent, in minor units of the currency; three queries.

    `spent` says by entry how many minor units of credit. Of a top-up with bonus, each credit cost its part of what was
    paid: 110 for 100 are worth 100/110 of their number (Directive 2006/112/EC, art. 73a). Credits from elsewhere cost
    today's price if they were bought, and nothing if they were given; so does a debt, which is yet to be paid.
    """
    uses = list(LotUse.objects.filter(programme=programme.id, entry__in=spent, amount_minor__lt=0))
    of_them = {"account__in": {use.account for use in uses}, "id__in": {use.lot for use in uses}}
    lots = {lot.id: lot for lot in Lot.objects.filter(programme=programme.id, **of_them)}
    sold = TopUp.objects.filter(programme_id=programme.id, pk__in={lot.entry for lot in lots.values()}).in_bulk()
    price = Fraction(programme.price_minor, 10**programme.credit_decimals)
    worth = {entry: minor * price for entry, minor in spent.items()}
    for use in uses:
        lot = lots[use.lot]
        top_up = sold.get(lot.entry)
        if top_up is not None:
            each = Fraction(top_up.paid_minor, top_up.bought_minor + top_up.bonus_minor)
        else:
            each = Fraction(0) if lot.origin in {Origin.BONUS, Origin.GIFT} else price
        worth[use.entry] += use.amount_minor * (price - each)
    return {entry: rules.half_up(amount) for entry, amount in worth.items()}
