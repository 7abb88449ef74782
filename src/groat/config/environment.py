"""What an installation is told from outside: the environment, and the keys it keeps in a file."""

import fcntl
import json
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_WRAP_KEY = re.compile(r"(?P<id>[A-Za-z0-9_-]{1,20}):(?P<key>[0-9A-Fa-f]{64})")


class Misconfigured(Exception):
    """The environment says something that cannot be; the message tells what to change."""


class WrapKey(NamedTuple):
    """A key that wraps what the database keeps secret, and the name by which what it wrapped knows it."""

    id: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """The installation's secrets. `token_key` outlives `secret_key`: cards are hashed by it."""

    secret_key: str
    token_key: bytes
    wrap_keys: tuple[WrapKey, ...] = ()
    """The first wraps, all unwrap. With none there are no chips: see `read`."""

    @classmethod
    def read(cls, var: Path) -> "Keys":
        """From the environment, else from var/keys.json, made on first use.

        GROAT_SECRET_KEY and GROAT_TOKEN_KEY (hex) go together. GROAT_WRAP_KEYS ("id:hex,id:hex") may come alone.
        Where the two come from the environment, the third must too: the file of such an installation may be
        gone tomorrow, and with it whatever its key had wrapped.
        """
        given = os.environ.get("GROAT_WRAP_KEYS", "")
        if "GROAT_SECRET_KEY" in os.environ and "GROAT_TOKEN_KEY" in os.environ:
            return cls._of(os.environ["GROAT_SECRET_KEY"], os.environ["GROAT_TOKEN_KEY"], given)
        file = Path(os.environ.get("GROAT_KEYS_FILE", var / "keys.json"))
        if not file.exists():
            made = {"secret_key": secrets.token_urlsafe(48), "token_key": secrets.token_hex(32)}
            _create_privately(file, json.dumps(made | {"wrap_keys": _new_wrap_key()}))
        kept = json.loads(file.read_text())
        if not given and "wrap_keys" not in kept:
            kept = _completed(file)
        return cls._of(kept["secret_key"], kept["token_key"], given or kept.get("wrap_keys", ""))

    @classmethod
    def _of(cls, secret_key: str, token_key: str, wrap_keys: str) -> "Keys":
        try:
            key = bytes.fromhex(token_key)
        except ValueError as error:
            raise Misconfigured("GROAT_TOKEN_KEY must be hexadecimal") from error
        if len(key) < 32 or len(secret_key) < 40:
            raise Misconfigured("GROAT_TOKEN_KEY needs 32 bytes (64 hex digits), GROAT_SECRET_KEY 40 characters")
        return cls(secret_key=secret_key, token_key=key, wrap_keys=_wrap_keys(wrap_keys))


def _wrap_keys(text: str) -> tuple[WrapKey, ...]:
    found = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        match = _WRAP_KEY.fullmatch(one)
        if match is None:
            raise Misconfigured(
                "GROAT_WRAP_KEYS must be id:key,id:key: each id of at most 20 letters, digits, - and _, "
                "each key of 32 bytes (64 hex digits)"
            )
        found.append(WrapKey(match["id"], bytes.fromhex(match["key"])))
    if len({key.id for key in found}) < len(found):
        raise Misconfigured("GROAT_WRAP_KEYS has two keys of one id: what was wrapped could not tell them apart")
    return tuple(found)


def _new_wrap_key() -> str:
    return f"{secrets.token_hex(4)}:{secrets.token_hex(32)}"


def _completed(file: Path) -> dict[str, str]:
    """A file from before there were wrapping keys, with one added. Unchanged where it cannot be written."""
    with file.open() as locked:
        # Of two processes that start at once, the second finds what the first has added.
        fcntl.flock(locked, fcntl.LOCK_EX)
        kept: dict[str, str] = json.loads(file.read_text())
        if "wrap_keys" in kept:
            return kept
        completed = kept | {"wrap_keys": _new_wrap_key()}
        try:
            _draft(file, json.dumps(completed)).replace(file)
        except OSError:
            return kept
    return completed


def _create_privately(file: Path, text: str) -> None:
    """Write a file that nobody else can read; if another process was faster, keep its file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(file, text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(file: Path, text: str) -> Path:
    """The text in a private file beside `file`, and on the disk."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    return Path(name)


def database(url: str) -> dict[str, object]:
    """Django's settings for `sqlite:///path` or `postgresql://user:password@host:port/name`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path.removeprefix("/"),
            "OPTIONS": {
                # Immediate: a transaction that will write says so at once, so two never deadlock.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
            # To open one costs as much as ten reads: all functions of SQL and the whole schema anew.
            "CONN_MAX_AGE": 60,
        }
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise Misconfigured("GROAT_DATABASE_URL must begin with sqlite:/// or postgresql://")


def mailers(url: str) -> dict[str, dict[str, object]]:
    """Django's settings for `smtp://user:password@host:port` (STARTTLS) or `smtps://…`; without a URL nothing is sent.

    `?tls=no` speaks in clear, for a server on the same machine.
    """
    if not url:
        return {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.query not in {"", "tls=no"}:
        raise Misconfigured("GROAT_MAIL_URL must look like smtp://user:password@host:587 or smtps://…:465")
    options: dict[str, object] = {
        "host": parts.hostname,
        "port": parts.port or (465 if parts.scheme == "smtps" else 587),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": parts.scheme == "smtps",
        "use_tls": parts.scheme == "smtp" and not parts.query,
        "timeout": 10,
    }
    return {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}


def flag(name: str, *, default: bool = False) -> bool:
    """A switch in the environment: 1, true, yes, on."""
    return os.environ.get(name, str(default)).lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    """A list in the environment, separated by commas."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]
