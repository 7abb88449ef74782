"""Trials of rules: the worker replays a programme's wallets, some at a time, and keeps how far it is."""

import logging
from datetime import date

from django.db import transaction

from groat.programmes import days
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.topups.expiry import pasts, replay, rules
from groat.topups.expiry.models import ExpiryTrial
from groat.topups.expiry.rules import Rule

log = logging.getLogger(__name__)

WALLETS = 100
"""Read together."""
ENOUGH = 20_000
"""After so many events the worker turns to its other jobs."""
MONTHS = 12


@transaction.atomic
def ask(*, programme: Programme, rule: Rule, deed: Deed) -> ExpiryTrial:
    """Have a rule tried. It takes the place of one that is still being tried."""
    ExpiryTrial.objects.filter(programme=programme, done_at=None, failed_at=None).update(failed_at=deed.now)
    return ExpiryTrial.objects.create(
        id=deed.mint(),
        programme=programme,
        rule=rule.told(),
        actor=deed.actor.code,
        asked_at=deed.now,
        wallets_total=pasts.wallets(programme_id=programme.id).count(),
    )


def go_on(*, deed: Deed) -> int:
    """Go on with what was asked first; returns how many wallets were replayed.

    Two workers may do the same wallets at once, and one be cut off: what was counted is kept together with
    how far it is, by whoever is first.
    """
    trial = ExpiryTrial.objects.filter(done_at=None, failed_at=None).select_related("programme").order_by("id").first()
    if trial is None:
        return 0
    done = events = 0
    try:
        while trial.done_at is None and events < ENOUGH:
            wallets, more = _replay_some(trial, deed)
            done, events = done + wallets, events + more
            if wallets < 0:
                break
    except Exception:
        log.exception("the trial %s of a rule failed", trial.public_id)
        ExpiryTrial.objects.filter(pk=trial.pk, done_at=None).update(failed_at=deed.now)
    return max(done, 1)


def first_month(trial: ExpiryTrial) -> date:
    """The first day of the twelve months that are told."""
    today = rules.day_at(trial.asked_at, trial.programme.time_zone)
    return rules.months_later(today.replace(day=1), 1 - MONTHS)


def _replay_some(trial: ExpiryTrial, deed: Deed) -> tuple[int, int]:
    """Replay some wallets and keep it: how many (-1 when another worker was first), with how many events."""
    time_zone = trial.programme.time_zone
    since = days.start_of(first_month(trial), time_zone=time_zone)
    tally, rule = replay.Tally.of(trial.tally), trial.terms
    read = pasts.read(programme=trial.programme, after_wallet=trial.after_wallet, until=trial.asked_at, limit=WALLETS)
    for past in read.values():
        replay.count_in(tally, past, rule, since=since, until=trial.asked_at, time_zone=time_zone)
    changes = {
        "tally": tally.told(),
        "wallets_done": trial.wallets_done + len(read),
        "after_wallet": max(read, default=trial.after_wallet),
        "done_at": deed.now if len(read) < WALLETS else None,
    }
    unchanged = ExpiryTrial.objects.filter(pk=trial.pk, after_wallet=trial.after_wallet, done_at=None, failed_at=None)
    if not unchanged.update(**changes):
        return -1, 0
    for name, value in changes.items():
        setattr(trial, name, value)
    return len(read), sum(len(past.events) for past in read.values())
