"""`groat verify` and `groat heads`."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from groat.ledger import seal
from groat.programmes import trail
from groat.programmes.models import Programme
from tests import factories
from tests.ledger.books import past_the_triggers

pytestmark = pytest.mark.django_db


def said(command: str, **options: object) -> tuple[int, str]:
    """The exit status and what was said."""
    out = StringIO()
    try:
        call_command(command, stdout=out, **options)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def programme() -> Programme:
    """A programme with two entries, which are sealed."""
    programme = factories.a_programme(slug="cafe")
    wallet = factories.a_wallet(programme=programme)
    factories.funded(wallet, 500)
    factories.funded(wallet, 700)
    assert seal.seal_all(now=factories.a_deed().now.replace(year=2100)) == 2
    return programme


def test_right_books_end_with_zero(programme: Programme) -> None:
    assert said("verify") == (0, "The books of 1 programme(s) are right; 2 entries are sealed.\n")
    assert said("verify", programme="cafe")[0] == 0


def test_the_first_fault_is_named_and_the_status_is_one(programme: Programme) -> None:
    with past_the_triggers(), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET posted_minor = 5 WHERE account = 21")
        assert said("verify") == (
            1,
            "cafe: Account 21 has a balance of 5 after 2 postings; its 2 postings sum to 1200. (balance_differs)\n",
        )


def test_a_broken_chain_is_a_fault(programme: Programme) -> None:
    with past_the_triggers(), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET actor = 'nobody'")
        status, what = said("verify")
    assert (status, "chain_broken" in what) == (1, True)


def test_only_the_programme_that_was_asked_for_is_looked_at(programme: Programme) -> None:
    factories.a_programme(slug="gym")
    with past_the_triggers(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_balance SET posted_minor = 5 WHERE account = 21 AND programme = %s", [programme.id]
        )
        assert said("verify", programme="gym")[0] == 0
        assert said("verify", programme="cafe")[0] == 1


def test_a_programme_that_is_not_there_is_said_to_be_none() -> None:
    with pytest.raises(CommandError, match="There is no programme 'nowhere'"):
        call_command("verify", programme="nowhere")


def test_heads_that_were_written_down_are_compared(programme: Programme, tmp_path: Path) -> None:
    trail.link_all(now=timezone.now())
    head, link = seal.head(programme_id=programme.id), trail.head(programme_id=programme.id)
    assert head is not None
    assert link is not None
    written = said("heads")[1]
    assert json.loads(written) == [
        {
            "programme": "cafe",
            "number": 1,
            "horizon": head.horizon,
            "hash": bytes(head.hash).hex(),
            "sealed_at": head.sealed_at.isoformat(),
            "trail": {"number": link.number, "hash": bytes(link.hash).hex()},
        }
    ]
    file = tmp_path / "heads.json"
    file.write_text(written)
    assert said("verify", heads=str(file))[0] == 0
    file.write_text(written.replace(bytes(head.hash).hex(), "00" * 32))
    assert said("verify", heads=str(file)) == (
        1,
        "cafe: Block 1 of the seal is not the one written down. (head_differs)\n",
    )
    file.write_text(written.replace(bytes(link.hash).hex(), "00" * 32))
    assert said("verify", heads=str(file)) == (
        1,
        f"cafe: Link {link.number} of the audit trail is not the one that was kept. (trail_head_differs)\n",
    )
    with pytest.raises(CommandError, match="is not what `groat heads` wrote"):
        call_command("verify", heads=str(tmp_path / "none.json"))
