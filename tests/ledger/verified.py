"""All that `groat verify` looks at, for one programme of a test."""

from groat.ledger.verify import CHECKS, Fault, chain_fault
from groat.programmes.models import Programme
from groat.till import verify as till


def fault(programme: Programme) -> Fault | None:
    """The first thing in the programme's books and payments that cannot be."""
    found = (check.fault(programme_id=programme.id) for check in (*CHECKS, *till.CHECKS))
    return next((one for one in found if one), None) or chain_fault(programme_id=programme.id)
