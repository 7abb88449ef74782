"""`groat rewrap`."""

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from unittest.mock import Mock

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from groat.cards import vault
from groat.config.environment import WrapKey
from tests import factories

pytestmark = pytest.mark.django_db

OLD, NEW = WrapKey("2025", b"\x01" * 32), WrapKey("2026", b"\x02" * 32)


@pytest.fixture
def wrapping(settings: LazySettings) -> Callable[..., None]:
    def have(*keys: WrapKey) -> None:
        settings.KEYS = replace(settings.KEYS, wrap_keys=keys)

    return have


def said() -> str:
    out = StringIO()
    call_command("rewrap", stdout=out)
    return out.getvalue()


def test_it_says_what_was_done_and_which_key_may_go(wrapping: Callable[..., None]):
    programme = factories.a_programme()
    wrapping(OLD)
    keys = vault.chip_keys(programme_id=programme.id)
    wrapping(NEW, OLD)

    assert said() == (
        "The keys of 1 programme(s) were wrapped anew, under 2026.\n"
        "2025 may be removed, a quarter of an hour after the last server was restarted.\n"
    )
    assert said().startswith("The keys of 0 programme(s)")
    wrapping(NEW)
    assert vault.chip_keys(programme_id=programme.id) == keys
    assert said() == "The keys of 0 programme(s) were wrapped anew, under 2026.\n"


def test_a_key_that_a_server_still_uses_must_stay(wrapping: Callable[..., None], monkeypatch: pytest.MonkeyPatch):
    wrapping(OLD)
    vault.chip_keys(programme_id=factories.a_programme().id)
    wrapping(NEW, OLD)
    monkeypatch.setattr(vault, "rewrap", Mock(return_value=0))

    assert said().endswith("2025 is still needed: a server that does not know 2026 used it.\n")


def test_an_unknown_wrapping_key_is_an_error_that_names_it(wrapping: Callable[..., None]):
    wrapping(OLD)
    vault.chip_keys(programme_id=factories.a_programme().id)
    wrapping(NEW)

    with pytest.raises(CommandError, match="under the key '2025', which is not among the wrapping keys"):
        said()


def test_no_wrapping_key_is_an_error_that_says_what_to_do(wrapping: Callable[..., None]):
    wrapping()

    with pytest.raises(CommandError, match="Set GROAT_WRAP_KEYS=id:key"):
        said()
