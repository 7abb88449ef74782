"""What the reader shows, and when: the desk without cards, network or clock."""

from groat_reader.desk import Desk, Face
from groat_reader.devices import Signal
from groat_reader.messages import (
    Answered,
    Display,
    Displayed,
    NotDone,
    NotRead,
    Outcome,
    Problem,
    Removed,
    Tapped,
    TokenRevoked,
    Unanswered,
)

IDLE = Displayed(Display("1", "idle", ("Kavárna",)))
WAITS = Displayed(Display("2", "waiting", ("K zaplacení", "45,00")))
PAID = Outcome("paid", True, ("Zaplaceno 45,00", "Zůstatek 312,50"))
DECLINED = Outcome("declined", False, ("Nezaplaceno", "Chybí 12,50"))
CONFIRMING = Outcome("confirming", True, ("Potvrďte", "v telefonu"))
CARD = Tapped("04AABBCC")


def desk(*shown: Displayed) -> Desk:
    made = Desk(language="en")
    for display in shown:
        made.hear(display, now=0)
    return made


def paid_at(now: float, *, outcome: Outcome = PAID) -> Desk:
    made = desk(IDLE, WAITS)
    made.face(now=now)
    assert made.tapped(CARD, key="k1", now=now)
    made.hear(Answered("k1", outcome), now=now)
    return made


def test_what_waits_is_shown_and_lit() -> None:
    assert Desk(language="en").face(now=0) == Face(("Card reader", "starting"), Signal.READY)
    assert desk(IDLE).face(now=0) == Face(("Kavárna",), Signal.READY)
    assert desk(IDLE, WAITS).face(now=0) == Face(("K zaplacení", "45,00"), Signal.WAITING)
    assert desk(IDLE, Displayed(None)).face(now=0) == Face(("No connection", "to the till"), Signal.READY)
    assert desk(IDLE, Displayed(None), IDLE).face(now=0) == Face(("Kavárna",), Signal.READY)


def test_an_outcome_stays_four_seconds_when_the_card_is_gone_at_once() -> None:
    made = paid_at(10)
    made.hear(Removed(), now=10.1)
    assert made.face(now=13.9) == Face(PAID.lines, Signal.GOOD, 1)
    assert made.face(now=14) == Face(("K zaplacení", "45,00"), Signal.WAITING)


def test_an_outcome_stays_while_the_card_lies_there_but_not_for_ever() -> None:
    made = paid_at(10)
    assert made.face(now=19.9).lines == PAID.lines
    assert made.face(now=20).lines == ("K zaplacení", "45,00")
    taken = paid_at(10)
    taken.hear(Removed(), now=16)
    assert taken.face(now=16).lines == ("K zaplacení", "45,00")


def test_the_next_amount_cuts_a_good_outcome_short_and_not_a_bad_one() -> None:
    waits_next = Displayed(Display("3", "waiting", ("K zaplacení", "80,00")))
    good, bad = paid_at(10), paid_at(10, outcome=DECLINED)
    for made in (good, bad):
        made.hear(Removed(), now=10.1)
        made.hear(waits_next, now=10.2)
    assert (good.face(now=11.4).lines, good.face(now=11.5).lines) == (PAID.lines, ("K zaplacení", "80,00"))
    assert (bad.face(now=13.9).lines, bad.face(now=14).lines) == (DECLINED.lines, ("K zaplacení", "80,00"))


def test_a_confirmation_makes_room_as_soon_as_the_till_says_more() -> None:
    made = paid_at(10, outcome=CONFIRMING)
    made.hear(WAITS, now=10.1)  # nothing new
    assert made.face(now=10.1).lines == CONFIRMING.lines
    made.hear(Displayed(Display("3", "idle", ("Zaplaceno 45,00",))), now=10.2)
    assert made.face(now=10.2).lines == ("Zaplaceno 45,00",)


def test_nothing_is_shown_between_tap_and_an_answer_that_comes_at_once() -> None:
    made = desk(IDLE, WAITS)
    before = made.face(now=10)
    made.tapped(CARD, key="k1", now=10)
    assert made.face(now=10.3) == before
    assert made.face(now=10.5) == Face(("One moment ...", ""), Signal.ASKING)
    assert made.face(now=12) == Face(("Still asking", "Please wait"), Signal.ASKING)


def test_without_an_answer_it_says_so_for_as_long_as_it_takes() -> None:
    made = desk(IDLE, WAITS)
    made.tapped(CARD, key="k1", now=10)
    made.hear(Unanswered("k1"), now=10.1)
    made.hear(Removed(), now=10.2)
    made.hear(Displayed(None), now=11)
    assert made.face(now=10_000).lines == ("Still asking", "Please wait")
    made.hear(Answered("k1", PAID), now=10_001)
    assert made.face(now=10_001).lines == PAID.lines


def test_the_outcome_of_the_card_before_is_not_taken_for_that_of_this_one() -> None:
    made = paid_at(10)
    assert made.face(now=10) == Face(PAID.lines, Signal.GOOD, 1)
    made.hear(Removed(), now=11)
    assert made.tapped(CARD, key="k2", now=11)
    assert made.face(now=11) == Face(("One moment ...", ""), Signal.ASKING)


def test_a_second_card_waits_for_the_first_ones_answer() -> None:
    made = desk(IDLE, WAITS)
    made.tapped(CARD, key="k1", now=10)
    assert not made.tapped(CARD, key="k2", now=11)
    assert made.face(now=11).lines == ("Please wait", "Card before you")
    assert made.face(now=12.6).lines == ("Still asking", "Please wait")
    made.hear(Answered("k2", PAID), now=13)  # of nobody
    assert made.unanswered


def test_the_same_outcome_twice_sounds_twice() -> None:
    made = paid_at(10)
    first = made.face(now=10)
    made.hear(Removed(), now=11)
    made.tapped(CARD, key="k2", now=12)
    made.hear(Answered("k2", PAID), now=12)
    assert made.face(now=12) == Face(first.lines, first.signal, first.turn + 1)


def test_what_could_not_be_read_or_presented_is_bad() -> None:
    made = desk(IDLE)
    made.hear(NotRead(Problem.MUTE), now=1)
    assert made.face(now=1) == Face(("Only one card", "please"), Signal.BAD, 1)
    made.hear(NotRead(Problem.UNREADABLE), now=2)
    assert made.face(now=2) == Face(("Card not read", "Hold it longer"), Signal.BAD, 2)
    for reached, lines in [(True, ("Not paid", "See the till")), (False, ("Not paid", "No connection"))]:
        made.tapped(CARD, key="k", now=3)
        made.hear(NotDone("k", reached=reached), now=3)
        assert (made.face(now=3).lines, made.face(now=3).signal) == (lines, Signal.BAD)


def test_an_earlier_outcome_that_is_unknown_is_told_for_half_a_minute_or_until_a_tap() -> None:
    made = desk(IDLE)
    made.earlier_outcome_unknown(now=0)
    assert made.face(now=29) == Face(("Result unknown", "See the till"), Signal.BAD, 1)
    assert made.face(now=30).lines == ("Kavárna",)
    made.earlier_outcome_unknown(now=40)
    made.tapped(CARD, key="k", now=41)
    assert made.face(now=41).lines == ("One moment ...", "")


def test_the_last_thing_shown_is_true() -> None:
    made = desk(IDLE)
    assert made.last_face().lines == ("Reader is off", "")
    assert made.last_face(why=TokenRevoked()).lines == ("Reader unpaired", "Pair it again")
    made.tapped(CARD, key="k", now=1)
    assert made.last_face().lines == ("Result unknown", "See the till")
    assert made.last_face(why=TokenRevoked()).lines == ("Result unknown", "See the till")
