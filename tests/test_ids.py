"""Identifiers."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat import ids

row_ids = st.integers(min_value=0, max_value=(1 << 63) - 1)


@given(row_ids)
def test_a_public_id_is_a_uuidv7_that_leads_back(row_id: int) -> None:
    public = ids.public("card", row_id)

    assert (public.version, public.variant) == (7, "specified in RFC 4122")
    assert ids.private("card", public) == ids.private("card", str(public)) == row_id


@given(row_ids)
def test_public_ids_carry_the_time_of_their_row(row_id: int) -> None:
    assert ids.public("card", row_id).int >> 80 == ids.minted_ms(row_id)


@given(row_ids)
def test_an_id_of_one_kind_is_none_of_another(row_id: int) -> None:
    with pytest.raises(ids.NotAnId):
        ids.private("customer", ids.public("card", row_id))


@given(row_ids, st.integers(min_value=0, max_value=127))
def test_a_changed_bit_makes_it_no_id(row_id: int, bit: int) -> None:
    with pytest.raises(ids.NotAnId):
        ids.private("card", UUID(int=ids.public("card", row_id).int ^ 1 << bit))


@pytest.mark.parametrize("text", ["", "7", "not-an-id", "00000000-0000-0000-0000-000000000000"])
def test_what_is_no_uuid_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ids.NotAnId):
        ids.private("card", text)


def test_ids_ascend_while_the_clock_stands_still_or_goes_back() -> None:
    clock = iter([ids.EPOCH_MS + 5] * 3000 + [ids.EPOCH_MS + 2] * 3000)
    mint = ids.Minter(worker=3, clock_ms=lambda: next(clock))

    minted = [mint() for _ in range(6000)]

    assert minted == sorted(set(minted))


def test_workers_never_mint_the_same_id() -> None:
    one, other = (ids.Minter(worker=worker, clock_ms=lambda: ids.EPOCH_MS + 9) for worker in (1, 2))

    assert not {one() for _ in range(2000)} & {other() for _ in range(2000)}


def test_the_lowest_id_of_a_moment_is_below_all_that_are_minted_then() -> None:
    mint = ids.Minter(worker=0, clock_ms=lambda: ids.EPOCH_MS + 40)

    assert ids.lowest_at(ids.EPOCH_MS + 40) == mint()
    assert ids.lowest_at(ids.EPOCH_MS + 41) > mint()


@pytest.mark.parametrize("worker", [-1, 1024])
def test_a_worker_beyond_its_bits_is_refused(worker: int) -> None:
    with pytest.raises(ValueError, match="worker must be 0 to 1023"):
        ids.Minter(worker=worker)
