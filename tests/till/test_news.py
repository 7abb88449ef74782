"""Whoever watches a till hears at once that something changed there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from groat.cards import actions as cards
from groat.programmes import actions as programmes
from groat.readers import actions as readers
from groat.till import actions, news
from groat.till.news import News
from tests import factories

# ---- What is looked at ----


@pytest.mark.django_db
def test_whatever_happens_at_a_till_is_seen_there_and_nowhere_else() -> None:
    programme = factories.a_programme()
    till, other = factories.a_till(programme=programme), factories.a_till(programme=programme)
    wallet = factories.a_wallet(programme=programme)
    token = factories.a_token()
    factories.a_card(wallet=wallet, token=token)
    factories.funded(wallet, 100)
    deed = factories.a_deed
    seen = []

    def looked() -> None:
        found = news.look([till.id, other.id])
        seen.append(found.pop(till.id))
        elsewhere.update(found.values())

    elsewhere: set[str] = set()
    looked()
    checkout = actions.open_checkout(till=till, amount_minor=500, deed=deed())
    looked()
    actions.present(till=till, token=token, key="k" * 16, checkout=checkout, deed=deed(now=factories.NOW + _SECOND))
    looked()
    actions.abandon(checkout=checkout, deed=deed(now=factories.NOW + 2 * _SECOND))
    looked()
    pairing = cards.wait_for_card(wallet=wallet, till=till, deed=deed())
    looked()
    cards.cancel_pairing(pairing=pairing, deed=deed())
    looked()
    _, code = readers.invite(till=till, random=bytes(8), deed=deed())
    reader = readers.pair(code=code, token="gr_1", device="ACR122U", version="", deed=deed())
    looked()
    readers.report(reader=reader, state="ready", device="", deed=deed())
    looked()
    programmes.close_till(till=till, deed=deed())
    looked()

    alike = {(one, other) for one in range(9) for other in range(one) if seen[one] == seen[other]}
    # When the pairing is cancelled, all is as before it.
    assert alike == {(5, 3)}
    assert len(elsewhere) == 1


_SECOND = timedelta(seconds=1)


@pytest.mark.django_db
def test_looking_at_many_tills_takes_no_more_questions_than_at_one() -> None:
    tills = [factories.a_till().id for _ in range(4)]

    def asked(watched: Collection[int]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            news.look(watched)
        return len(queries)

    assert asked(tills[:1]) == asked(tills)


# ---- Who hears of it ----


class Tills:
    """What there is to be seen, changed by the test."""

    def __init__(self) -> None:
        self.seen: dict[int, str] = {1: "a", 2: "a"}
        self.looks = 0
        self.is_away = False

    async def looked(self, often: int) -> None:
        """Wait until it was looked at so often."""
        for _ in range(1000):
            if self.looks >= often:
                return
            await asyncio.sleep(0.005)

    def __call__(self, tills: Collection[int]) -> dict[int, str]:
        self.looks += 1
        if self.is_away:
            raise ConnectionError("the database is away")
        return {till: self.seen[till] for till in tills}


def play(story: Callable[[News, Tills], Awaitable[None]]) -> None:
    async def played() -> None:
        tills = Tills()
        async with asyncio.timeout(5):
            await story(News(tills, every_seconds=0.01), tills)

    asyncio.run(played())


async def looked_often(tills: Tills) -> None:
    await tills.looked(tills.looks + 3)


async def is_silent(watching: AsyncIterator[bool]) -> bool:
    """Whether nothing comes for a while; what would come then is lost."""
    try:
        await asyncio.wait_for(anext(watching), 0.1)
    except TimeoutError:
        return True
    return False


def test_a_watcher_hears_at_once_and_whenever_something_changed_at_its_till() -> None:
    async def story(told: News, tills: Tills) -> None:
        here, there = told.of(1), told.of(2)
        assert [await anext(here), await anext(there)] == [True, True]
        await looked_often(tills)
        tills.seen[1] = "b"
        assert await anext(here)
        assert await is_silent(there)

    play(story)


def test_a_watcher_who_comes_later_hears_only_what_changes_from_then_on() -> None:
    async def story(told: News, tills: Tills) -> None:
        first = told.of(1)
        await anext(first)
        await looked_often(tills)
        second = told.of(1)
        await anext(second)
        assert await is_silent(second)

    play(story)


def test_nobody_looks_when_nobody_watches() -> None:
    async def story(told: News, tills: Tills) -> None:
        watching = told.of(1)
        await anext(watching)
        await looked_often(tills)
        await watching.aclose()
        await asyncio.sleep(0.05)
        before = tills.looks
        await asyncio.sleep(0.1)
        assert tills.looks == before

    play(story)


def test_the_news_go_on_when_the_database_was_away() -> None:
    async def story(told: News, tills: Tills) -> None:
        watching = told.of(1)
        await anext(watching)
        await looked_often(tills)
        tills.is_away = True
        await looked_often(tills)
        tills.seen[1], tills.is_away = "b", False
        assert await anext(watching)

    play(story)


def test_all_watchers_are_let_go_at_the_end() -> None:
    async def story(told: News, tills: Tills) -> None:
        watching = told.of(1)
        await anext(watching)
        told.end()
        assert [said async for said in watching] == []

    play(story)


def test_whoever_may_watch_no_longer_hears_of_the_change_that_ended_it_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states = iter("aab" + "c" * 1000)
    monkeypatch.setattr(news, "_news", News(lambda tills: dict.fromkeys(tills, next(states)), every_seconds=0.01))
    answers = iter([True, False])

    async def played() -> list[bytes]:
        return [told async for told in news._events(7, lambda: next(answers))]

    assert asyncio.run(played()) == [b"retry: 1000\n\n", b"event: changed\ndata: \n\n", b"event: changed\ndata: \n\n"]
