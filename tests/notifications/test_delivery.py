"""Letters through a real mail server that answers, refuses, hangs up and comes back."""

import email
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, transaction

from groat.notifications import delivery, queries, rules, writing
from groat.notifications.delivery import deliver
from groat.notifications.models import Letter, LetterState
from groat.programmes.models import Programme
from tests import factories
from tests.factories import NOW

SOON = timedelta(seconds=30)


@dataclass
class Post:
    """A mail server's conscience: what it got, and what it says to whom."""

    got: list[Any] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    """What it says to RCPT of an address."""
    after_data: str = "250 taken"
    seen: Callable[[], None] = lambda: None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 (aiosmtpd calls it so)
        said = self.replies.get(address, "250 ok")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd calls it so)
        self.seen()
        if self.after_data.startswith("250"):
            self.got.append((envelope, email.message_from_bytes(envelope.content, policy=policy.default)))
        return self.after_data


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
        return found


@pytest.fixture(autouse=True)
def _mail_goes_there(settings: Any, port: int) -> None:
    options = {"host": "127.0.0.1", "port": port, "timeout": 5}
    backend = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
    settings.DEFAULT_FROM_EMAIL = "Groat <groat@post.example>"


@contextmanager
def open_at(port: int, post: Post) -> Iterator[Post]:
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


@pytest.fixture
def post(port: int) -> Iterator[Post]:
    with open_at(port, Post()) as opened:
        yield opened


@pytest.fixture
def programme(db: None) -> Programme:
    return factories.a_programme(name="Přístav „Žlutý kůň“")


def a_letter(programme: Programme, address: str = "jana@mail.example", **given: Any) -> Letter:
    said = {"subject": "Účtenka", "text": "Děkujeme.\n", "html": "<p>Děkujeme.</p>", "origin": "till:1"} | given
    with transaction.atomic():
        return writing.write(
            letter_id=factories.a_deed().mint(),
            programme_id=programme.id,
            about="payment:1",
            actor="system",
            sender=programme.name,
            address=address,
            now=NOW,
            **said,
        )


def tried(now: datetime = NOW) -> int:
    return deliver(clock=lambda: now)


def standing(letter: Letter) -> tuple[str, int, datetime | None, str]:
    letter.refresh_from_db()
    return letter.state, letter.tries, letter.due_at, letter.failure


def test_a_letter_arrives_whole(programme: Programme, post: Post) -> None:
    letter = a_letter(programme)
    assert tried() == 1
    ((envelope, message),) = post.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("groat@post.example", ["jana@mail.example"])
    assert message["From"].addresses[0].display_name == programme.name
    assert message["From"].addresses[0].addr_spec == "groat@post.example"
    assert (message["To"], message["Subject"]) == ("jana@mail.example", "Účtenka")
    assert message["Message-ID"] == f"<{letter.public_id}@post.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    parts = {part.get_content_type(): part.get_content().strip() for part in message.iter_parts()}
    assert parts == {"text/plain": "Děkujeme.", "text/html": "<p>Děkujeme.</p>"}
    assert standing(letter) == (LetterState.SENT, 1, None, "")
    assert letter.ended_at == NOW
    assert tried(NOW + timedelta(days=1)) == 0
    assert len(post.got) == 1


def test_what_was_taken_back_was_never_written(programme: Programme, post: Post) -> None:
    with transaction.atomic():
        a_letter(programme)
        transaction.set_rollback(True)
    assert tried() == 0


@pytest.mark.django_db(transaction=True)
def test_a_letter_needs_a_transaction() -> None:
    with pytest.raises(writing.NoTransaction):
        writing.write(
            letter_id=1, programme_id=1, about="", origin="", actor="", sender="", address="a@b.example",
            subject="", text="", html="", now=NOW,
        )  # fmt: skip


def test_no_server_is_no_loss(programme: Programme, port: int) -> None:
    first, second = a_letter(programme), a_letter(programme, "petr@mail.example")
    assert tried() == 0
    state, tries, due_at, failure = standing(first)
    assert (state, tries, due_at) == (LetterState.WAITING, 1, NOW + SOON)
    assert failure.startswith("ConnectionRefusedError")
    # Nobody waits for a server that is not there twice.
    assert standing(second) == (LetterState.WAITING, 0, NOW + SOON, "")
    with open_at(port, Post()) as post:
        assert tried(NOW + SOON - timedelta(seconds=1)) == 0
        assert tried(NOW + SOON) == 2
        assert sorted(envelope.rcpt_tos[0] for envelope, _ in post.got) == ["jana@mail.example", "petr@mail.example"]
    assert standing(first) == (LetterState.SENT, 2, None, "")


def test_a_server_that_is_busy_is_asked_again_after_growing_pauses(programme: Programme, post: Post) -> None:
    letter = a_letter(programme)
    post.replies["jana@mail.example"] = "451 4.7.1 <jana@mail.example> greylisted"
    now, pauses = NOW, []
    for _ in range(8):
        assert tried(now) == 0
        due_at = standing(letter)[2]
        pauses.append(due_at - now if due_at else None)
        now = due_at or now
    assert pauses == [*rules.PAUSES, None]
    assert standing(letter) == (LetterState.FAILED, 8, None, "451 4.7.1 <…> greylisted")
    assert post.got == []
    # Whoever knows that it is right now has it tried again.
    post.replies.clear()
    delivery.again(letter=letter, now=now)
    assert tried(now) == 1
    ((_, message),) = post.got
    assert message["Message-ID"] == letter.message_id


def test_nobody_of_that_name_is_final_and_stops_nobody_else(programme: Programme, post: Post) -> None:
    nobody, jana = a_letter(programme, "nobody@mail.example"), a_letter(programme)
    post.replies["nobody@mail.example"] = "550 5.1.1 no such user"
    assert tried() == 1
    assert standing(nobody) == (LetterState.FAILED, 1, None, "550 5.1.1 no such user")
    assert standing(jana)[0] == LetterState.SENT


@pytest.mark.parametrize(("said", "state"), [("554 spam", LetterState.FAILED), ("452 full", LetterState.WAITING)])
def test_what_is_refused_whole_is_final_or_tried_again(
    programme: Programme, post: Post, said: str, state: LetterState
) -> None:
    letter = a_letter(programme)
    post.after_data = said
    tried()
    assert standing(letter)[0::3] == (state, said)


def test_a_worker_that_is_cut_off_after_sending_sends_the_same_letter_again(programme: Programme, post: Post) -> None:
    letter = a_letter(programme)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "_end", lambda *_, **__: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            tried()
    assert standing(letter) == (LetterState.WAITING, 1, NOW + rules.ON_ITS_WAY, "")
    assert tried(NOW + SOON) == 0
    assert tried(NOW + rules.ON_ITS_WAY) == 1
    assert [message["Message-ID"] for _, message in post.got] == [letter.message_id] * 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_letter_once_and_hold_no_transaction_meanwhile(port: int) -> None:
    programme = factories.a_programme()
    letters = [a_letter(programme, f"a{i}@mail.example", origin=f"till:{i}") for i in range(8)]
    both = threading.Barrier(2, timeout=20)

    def work() -> None:
        try:
            both.wait()
            deliver(clock=lambda: NOW)
        finally:
            connection.close()

    with open_at(port, Post()) as post:
        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(envelope.rcpt_tos[0] for envelope, _ in post.got) == [letter.address for letter in letters]


@pytest.mark.django_db(transaction=True)
def test_while_a_letter_is_under_way_the_database_is_free(port: int) -> None:
    programme = factories.a_programme()
    letter = a_letter(programme)
    wrote = []

    def write_meanwhile() -> None:
        def write() -> None:
            try:
                with transaction.atomic():
                    wrote.append(Letter.objects.filter(pk=letter.pk).update(failure="seen"))
            finally:
                connection.close()

        other = threading.Thread(target=write)
        other.start()
        other.join(timeout=5)

    with open_at(port, Post(seen=write_meanwhile)):
        assert tried() == 1
    assert wrote == [1]


def test_no_address_is_logged(programme: Programme, post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    a_letter(programme)
    a_letter(programme, "nobody@mail.example")
    post.replies["nobody@mail.example"] = "550 <nobody@mail.example> unknown"
    tried()
    said = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("groat"))
    assert "was not taken at try 1: 550 <…> unknown" in said
    assert "mail.example" not in said


def test_a_week_after_its_end_address_and_words_are_erased(programme: Programme, post: Post) -> None:
    sent, failed = a_letter(programme), a_letter(programme, "nobody@mail.example")
    post.replies["nobody@mail.example"] = "550 no"
    tried()
    waiting = a_letter(programme, "late@mail.example")
    assert delivery.erase(now=NOW + rules.KEPT) == 0
    assert delivery.erase(now=NOW + rules.KEPT + timedelta(seconds=1)) == 2
    for letter in (sent, failed):
        letter.refresh_from_db()
        assert (letter.address, letter.subject, letter.text, letter.html) == ("", "", "", "")
    waiting.refresh_from_db()
    assert waiting.address == "late@mail.example"
    with pytest.raises(rules.LetterNotFailed):
        delivery.again(letter=failed, now=NOW)
    assert delivery.erase(now=NOW + timedelta(days=30)) == 0


def test_letters_to_an_address_are_counted_after_it_is_erased(programme: Programme) -> None:
    for _ in range(5):
        a_letter(programme)
    Letter.objects.update(state=LetterState.SENT, due_at=None, ended_at=NOW, address="")
    assert queries.is_too_many(origin="till:2", address=" Jana@Mail.example", now=NOW)
    assert not queries.is_too_many(origin="till:2", address="jana@mail.example", now=NOW + rules.HOUR)
    with pytest.raises(rules.TooManyLetters):
        a_letter(programme)


@pytest.mark.parametrize("name", ["A\nBcc: evil@example.org", 'Joe "x" <a@b>, c', "Přístav u Žlutého koně a spol.", ""])
def test_a_name_stays_a_name(programme: Programme, post: Post, name: str) -> None:
    Programme.objects.filter(pk=programme.pk).update(name=name)
    programme.refresh_from_db()
    a_letter(programme, subject=f"Receipt from {name}")
    assert tried() == 1
    ((envelope, message),) = post.got
    assert envelope.rcpt_tos == ["jana@mail.example"]
    assert [one.addr_spec for one in message["From"].addresses] == ["groat@post.example"]
    assert message["From"].addresses[0].display_name == " ".join(name.split())
    assert message["Bcc"] is None
