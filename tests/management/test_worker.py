"""`groat worker`: the jobs, each at its pace, until it is told to stop."""

import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from groat.config.jobs import JOBS, Job
from groat.ledger import queries, seal
from groat.ledger.core import commands
from groat.management.commands import worker
from groat.programmes.deeds import SYSTEM, Deed
from groat.till import actions
from groat.till.models import Payment, PaymentState
from tests import factories
from tests.ledger.books import Ledger


@pytest.mark.django_db
def test_once_does_all_that_is_due() -> None:
    now = Deed.at_once(SYSTEM).now
    ledger = Ledger(at=now - timedelta(hours=2))
    ledger.post(commands.TopUp(ledger.wallet, 70, 70, expires_at=now - timedelta(hours=1)))
    programme = factories.a_programme(confirm_from_minor=1)
    token, wallet = factories.a_token(), factories.a_wallet(programme=programme)
    factories.a_card(wallet=wallet, token=token)
    factories.funded(wallet, 100)
    deed = factories.a_deed()
    till = factories.a_till(programme=programme)
    order = actions.order(programme_id=programme.id, till=till, token=token, key="k", actor=deed.actor, amount_minor=50)
    actions.take_payment(order=order, deed=deed)

    call_command("worker", once=True)
    assert queries.due(now=now) == []
    assert ledger.loaded()[ledger.wallet].posted_minor == 0
    assert Payment.objects.get().state == PaymentState.CANCELLED
    assert seal.unsealed(now=now) == []
    assert ledger.fault() is None


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_does_not_stop_the_others_and_is_tried_again() -> None:
    tried: list[str] = []
    stopping = threading.Event()

    def fails(deed: Deed) -> int:
        tried.append("fails")
        raise OSError("the database is away")

    def works(deed: Deed) -> int:
        tried.append("works")
        if tried.count("works") == 3:
            stopping.set()
        return 1

    worker.run_until(stopping, [Job("fails", 0.01, fails), Job("works", 0.01, works)])
    assert tried.count("works") == 3
    assert tried.count("fails") >= 2


@pytest.mark.django_db
def test_once_says_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(deed: Deed) -> int:
        raise OSError("the database is away")

    monkeypatch.setattr(worker, "JOBS", (Job("seal", 1, fails),))
    with pytest.raises(CommandError, match="could not seal: the log says why"):
        call_command("worker", once=True)


def test_each_job_has_its_pace() -> None:
    assert [(job.name, job.every_seconds) for job in JOBS] == [
        ("seal", 3),
        ("link the audit trail", 3),
        ("cancel what nobody confirmed", 5),
        ("extend the credits of who was here", 60),
        ("book what has expired", 10),
        ("import", 0.5),
        ("forget old imports", 3600),
        ("deliver letters", 2),
        ("fold figures", 5),
        ("remind of expiry", 600),
        ("try rules of expiry", 0.5),
        ("send reports", 60),
        ("send statements", 30),
        ("watch what is overdue", 10),
        ("erase old letters", 3600),
    ]
