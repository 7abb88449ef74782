"""What the worker does, and how often."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from groat.customers import imports
from groat.ledger import seal, sweep
from groat.notifications import delivery
from groat.programmes import trail
from groat.programmes.deeds import Deed
from groat.reports import folding, schedules
from groat.settlements import actions as settlements
from groat.settlements import mailing
from groat.till import actions as till
from groat.topups.expiry import reminders, trials, visits


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done again and again. It may run in two processes at once, and be cut off anywhere."""

    name: str
    every_seconds: float
    act: Callable[[Deed], int]
    """Returns how much it did; 0 when there was nothing to do. It owns its transactions."""


JOBS = (
    Job("seal", 3, lambda deed: seal.seal_all(now=deed.now)),
    Job("link the audit trail", 3, lambda deed: trail.link_all(now=deed.now)),
    Job("cancel what nobody confirmed", 5, lambda deed: till.cancel_expired(deed=deed)),
    Job("extend the credits of who was here", 60, lambda deed: visits.move_dates(deed=deed)),
    Job("book what has expired", 10, lambda deed: sweep.sweep(now=deed.now, mint=deed.mint)),
    Job("import", 0.5, lambda deed: imports.go_on(deed=deed)),
    Job("forget old imports", 3600, lambda deed: imports.forget(deed=deed)),
    Job("deliver letters", 2, lambda _deed: delivery.deliver(clock=timezone.now)),
    Job("fold figures", 5, lambda _deed: folding.fold_all()),
    Job("remind of expiry", 600, lambda deed: reminders.remind(deed=deed)),
    Job("try rules of expiry", 0.5, lambda deed: trials.go_on(deed=deed)),
    Job("send reports", 60, lambda deed: schedules.send_due(deed=deed)),
    Job("send statements", 30, lambda deed: mailing.send(deed=deed)),
    Job("watch what is overdue", 10, lambda deed: settlements.watch(deed=deed)),
    Job("erase old letters", 3600, lambda deed: delivery.erase(now=deed.now)),
)
