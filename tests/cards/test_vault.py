"""Keys at rest."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import LazySettings
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from groat.cards import rules, vault
from groat.cards.models import WrappedChipKeys
from groat.cards.vault import CannotOpen, ChipKeys
from groat.config.environment import WrapKey
from tests import factories
from tests.races import at_once

OLD, NEW = WrapKey("old", b"\x01" * 32), WrapKey("new", b"\x02" * 32)

type Wrapping = Callable[..., None]


@pytest.fixture(autouse=True)
def _nothing_is_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "_opened", {})


@pytest.fixture
def wrapping(settings: LazySettings) -> Wrapping:
    """Let the installation have these wrapping keys."""

    def have(*keys: WrapKey) -> None:
        settings.KEYS = replace(settings.KEYS, wrap_keys=keys)

    have(OLD)
    return have


@pytest.mark.django_db
def test_a_programmes_keys_are_made_once(wrapping: Wrapping):
    one, other = factories.a_programme(), factories.a_programme()

    keys = vault.chip_keys(programme_id=one.id)

    assert [len(key) for key in keys] == [16, 16]
    assert vault.chip_keys(programme_id=one.id) == keys
    assert len({*keys, *vault.chip_keys(programme_id=other.id)}) == 4


@pytest.mark.django_db
def test_the_database_does_not_hold_them_in_clear(wrapping: Wrapping):
    programme = factories.a_programme()
    keys = vault.chip_keys(programme_id=programme.id)

    row = WrappedChipKeys.objects.get(programme=programme)

    kept = bytes(row.meta_key) + bytes(row.master_key)
    assert not any(key in kept for key in keys)
    assert bytes(row.meta_key).startswith(b"\x01\x03old")


@pytest.mark.django_db
def test_what_was_copied_into_another_row_or_column_does_not_open(wrapping: Wrapping):
    one, other = factories.a_programme(), factories.a_programme()
    vault.chip_keys(programme_id=one.id)
    theirs = WrappedChipKeys.objects.get(programme=one)

    WrappedChipKeys.objects.create(programme=other, meta_key=theirs.meta_key, master_key=theirs.master_key)
    with pytest.raises(CannotOpen, match=f"meta_key of programme {other.id} does not open"):
        vault.chip_keys(programme_id=other.id)
    WrappedChipKeys.objects.filter(programme=one).update(meta_key=theirs.master_key)
    with pytest.raises(CannotOpen, match=f"meta_key of programme {one.id} does not open"):
        vault.chip_keys(programme_id=one.id)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_come_first_at_once_both_get_the_same_keys(wrapping: Wrapping):
    programme = factories.a_programme()

    found = at_once(*[lambda: vault.chip_keys(programme_id=programme.id)] * 4)

    assert len(set(found)) == 1
    assert isinstance(found[0], ChipKeys)


@pytest.mark.django_db(transaction=True)
def test_keys_are_at_hand_once_they_are_certain_to_stay(wrapping: Wrapping):
    programme = factories.a_programme()
    with transaction.atomic():
        lost = vault.chip_keys(programme_id=programme.id)
        assert not vault.is_at_hand(programme_id=programme.id)
        transaction.set_rollback(True)
    assert not vault.is_at_hand(programme_id=programme.id)

    keys = vault.chip_keys(programme_id=programme.id)

    assert keys != lost
    assert vault.is_at_hand(programme_id=programme.id)
    WrappedChipKeys.objects.all().delete()
    assert vault.chip_keys(programme_id=programme.id) == keys


@pytest.mark.django_db
def test_without_a_wrapping_key_no_chip_key_is_made(wrapping: Wrapping):
    programme = factories.a_programme()
    wrapping()

    with pytest.raises(rules.ChipsNotSetUp):
        vault.chip_keys(programme_id=programme.id)
    with pytest.raises(rules.ChipsNotSetUp):
        vault.rewrap(passed=lambda _count: None)
    assert WrappedChipKeys.objects.count() == 0


@pytest.mark.django_db
def test_everything_is_wrapped_anew_under_the_current_key(wrapping: Wrapping):
    programmes = [factories.a_programme() for _ in range(3)]
    keys = [vault.chip_keys(programme_id=programme.id) for programme in programmes[:2]]
    wrapping(NEW, OLD)
    keys.append(vault.chip_keys(programme_id=programmes[2].id))
    heard: list[int] = []

    assert vault.in_use() == Counter({"old": 2, "new": 1})
    assert vault.rewrap(passed=heard.append) == 2
    assert (heard, vault.in_use()) == ([3], Counter({"new": 3}))
    assert vault.rewrap(passed=heard.append) == 0

    wrapping(NEW)
    assert [vault.chip_keys(programme_id=programme.id) for programme in programmes] == keys


@pytest.mark.django_db
def test_many_programmes_are_wrapped_anew_a_batch_at_a_time(wrapping: Wrapping, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vault, "_BATCH", 2)
    programmes = [factories.a_programme() for _ in range(4)]
    keys = [vault.chip_keys(programme_id=programme.id) for programme in programmes]
    wrapping(NEW, OLD)
    heard: list[int] = []

    assert vault.rewrap(passed=heard.append) == 4
    assert heard == [2, 2, 0]
    assert [vault.chip_keys(programme_id=programme.id) for programme in programmes] == keys


@pytest.mark.django_db
def test_a_missing_wrapping_key_is_named(wrapping: Wrapping):
    programme = factories.a_programme()
    vault.chip_keys(programme_id=programme.id)
    wrapping(NEW)

    with pytest.raises(CannotOpen, match=rf"programme {programme.id} was wrapped under the key 'old', which is not"):
        vault.chip_keys(programme_id=programme.id)
    with pytest.raises(CannotOpen, match="'old'"):
        vault.rewrap(passed=lambda _count: None)
    wrapping(NEW, OLD._replace(key=b"\x03" * 32))
    with pytest.raises(CannotOpen, match="'old': that key is another one than it was"):
        vault.chip_keys(programme_id=programme.id)


@given(data=st.binary(max_size=3000), use=st.text(max_size=30), programme_id=st.integers(0, (1 << 63) - 1))
def test_what_is_sealed_opens_for_the_same_use_and_programme_alone(data: bytes, use: str, programme_id: int):
    sealed = vault.seal(data, use=use, programme_id=programme_id)

    assert vault.open_(sealed, use=use, programme_id=programme_id) == data
    assert vault.seal(data, use=use, programme_id=programme_id) != sealed
    with pytest.raises(CannotOpen):
        vault.open_(sealed, use=use + "s", programme_id=programme_id)
    with pytest.raises(CannotOpen):
        vault.open_(sealed, use=use, programme_id=programme_id ^ 1)


@given(place=st.integers(0), bit=st.integers(0, 7))
def test_a_bit_that_was_changed_is_noticed(place: int, bit: int):
    sealed = bytearray(vault.seal(b"the keys of a chip", use="test"))
    sealed[place % len(sealed)] ^= 1 << bit

    with pytest.raises(CannotOpen):
        vault.open_(bytes(sealed), use="test")


@pytest.mark.parametrize("size", [0, 1, 2, 10, 17])
def test_what_was_cut_off_does_not_open(size: int):
    with pytest.raises(CannotOpen):
        vault.open_(vault.seal(b"", use="test")[:size], use="test")
