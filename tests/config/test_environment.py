"""What an installation is told from outside."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from groat.config import environment
from groat.config.environment import Keys, Misconfigured, WrapKey

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def test_without_an_address_no_mail_is_sent():
    assert environment.mailers("") == {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}


@pytest.mark.parametrize(
    ("url", "options"),
    [
        (
            "smtp://groat%40example.org:p%3Aw@mail.example.org",
            {"host": "mail.example.org", "port": 587, "username": "groat@example.org", "password": "p:w"}
            | {"use_ssl": False, "use_tls": True},
        ),
        (
            "smtps://mail.example.org",
            {"host": "mail.example.org", "port": 465, "username": "", "password": ""}
            | {"use_ssl": True, "use_tls": False},
        ),
        (
            "smtp://127.0.0.1:25?tls=no",
            {"host": "127.0.0.1", "port": 25, "username": "", "password": ""} | {"use_ssl": False, "use_tls": False},
        ),
    ],
)
def test_mail_is_sent_as_the_address_says(url: str, options: dict[str, object]):
    assert environment.mailers(url) == {"default": {"BACKEND": SMTP, "OPTIONS": options | {"timeout": 10}}}


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://h?tls=maybe"])
def test_an_address_that_says_nothing_clear_is_refused(url: str):
    with pytest.raises(environment.Misconfigured):
        environment.mailers(url)


@pytest.fixture
def _told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GROAT_SECRET_KEY", "GROAT_TOKEN_KEY", "GROAT_WRAP_KEYS", "GROAT_KEYS_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_told_nothing")
def test_keys_are_made_on_first_use_and_kept_privately(tmp_path: Path):
    keys = Keys.read(tmp_path / "var")

    file = tmp_path / "var" / "keys.json"
    assert (Keys.read(tmp_path / "var"), file.stat().st_mode & 0o777) == (keys, 0o600)
    assert [(len(key.id), len(key.key)) for key in keys.wrap_keys] == [(8, 32)]
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.usefixtures("_told_nothing")
def test_a_file_from_before_there_were_wrapping_keys_gets_one(tmp_path: Path):
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"secret_key": "s" * 40, "token_key": "ab" * 32}))

    # As many processes as start at once agree on one.
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: Keys.read(tmp_path), range(4)))

    assert [len(key.key) for key in found[0].wrap_keys] == [32]
    assert (found, Keys.read(tmp_path)) == ([found[0]] * 4, found[0])
    assert (found[0].secret_key, found[0].token_key) == ("s" * 40, b"\xab" * 32)
    assert (file.stat().st_mode & 0o777, list(tmp_path.iterdir())) == (0o600, [file])


@pytest.mark.usefixtures("_told_nothing")
def test_a_file_that_cannot_be_written_stays_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "keys.json").write_text(json.dumps({"secret_key": "s" * 40, "token_key": "ab" * 32}))

    def full(file: Path, text: str) -> Path:
        raise OSError("read-only file system")

    monkeypatch.setattr(environment, "_draft", full)

    assert Keys.read(tmp_path) == Keys("s" * 40, b"\xab" * 32, wrap_keys=())


@pytest.mark.usefixtures("_told_nothing")
def test_wrapping_keys_from_the_environment_go_before_those_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    Keys.read(tmp_path)
    monkeypatch.setenv("GROAT_WRAP_KEYS", f"2026-05:{'0A' * 32}, 2025:{'0b' * 32}")

    assert Keys.read(tmp_path).wrap_keys == (WrapKey("2026-05", b"\x0a" * 32), WrapKey("2025", b"\x0b" * 32))


@pytest.mark.usefixtures("_told_nothing")
def test_where_keys_come_from_the_environment_no_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GROAT_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("GROAT_TOKEN_KEY", "ab" * 32)

    assert Keys.read(tmp_path) == Keys("s" * 40, b"\xab" * 32, wrap_keys=())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_told_nothing")
@pytest.mark.parametrize(
    ("wrap_keys", "why"),
    [
        ("0a" * 32, "id:key"),
        ("a:" + "0a" * 31, "id:key"),
        ("a:" + "0a" * 33, "id:key"),
        ("a:" + "0g" * 32, "id:key"),
        (":" + "0a" * 32, "id:key"),
        ("a b:" + "0a" * 32, "id:key"),
        ("a" * 21 + ":" + "0a" * 32, "id:key"),
        (f"a:{'0a' * 32},a:{'0b' * 32}", "two keys of one id"),
    ],
)
def test_wrapping_keys_that_cannot_be_are_refused(
    wrap_keys: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GROAT_WRAP_KEYS", wrap_keys)

    with pytest.raises(Misconfigured, match=why) as raised:
        Keys.read(tmp_path)

    assert "0a0a" not in str(raised.value)
