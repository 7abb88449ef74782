"""What the program keeps: with which till it is paired, and that an answer was outstanding. Private files."""

import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

NAME = "reader.json"


@dataclass(frozen=True, slots=True)
class Pairing:
    """A reader's place: the till that it serves, and its token."""

    server: str
    token: str = field(repr=False)
    reader: str
    programme: str
    till: str
    language: str


class NotPaired(Exception):
    """There is no pairing yet."""


class Unusable(Exception):
    """The file is there and cannot be used; the message is one sentence."""


def default_path() -> Path:
    """Where this platform keeps a person's settings."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "Groat" / NAME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Groat" / NAME
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "groat" / NAME


def load(path: Path) -> Pairing:
    """Raises NotPaired, Unusable."""
    try:
        return Pairing(**json.loads(path.read_text()))
    except FileNotFoundError as error:
        raise NotPaired from error
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        raise Unusable(f"{path} is damaged: remove it and pair again.") from error


def save(pairing: Pairing, path: Path) -> None:
    """Keep a pairing where only this user can read it. Raises Unusable."""
    try:
        _write_private(path, asdict(pairing))
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}.") from error


def _write_private(path: Path, content: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A temporary file is born with 0600, and replacing is whole or not at all.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class Outstanding:
    """The note that a presentation has no answer yet, which outlives the program.

    It holds the presentation's key and the time, and nothing of the card: the token could not be kept
    safely beside the key that would open it. Whoever finds the note cannot ask again, only say so.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.stem + ".unanswered.json")

    def note(self, *, key: str, at: str) -> None:
        """Before a presentation is sent; `at` is an ISO time."""
        _write_private(self._path, {"key": key, "at": at})

    def clear(self) -> None:
        """Once it is answered, or a person was told that it is not."""
        self._path.unlink(missing_ok=True)

    def found(self) -> str | None:
        """When the presentation was made that an earlier run has no answer to; None if there is none."""
        try:
            return str(json.loads(self._path.read_text())["at"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return "an unknown time"
