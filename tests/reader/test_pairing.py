"""What the program keeps."""

import stat
from pathlib import Path

import pytest

from groat_reader import pairing
from groat_reader.pairing import Outstanding, Pairing

PAIRED = Pairing("https://till.example", "gr_secret", "r1", "Řeka", "Bar", "cs")


def test_a_pairing_is_kept_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "reader.json"
    pairing.save(PAIRED, path)
    assert pairing.load(path) == PAIRED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_pairing_does_not_show_its_token() -> None:
    assert "gr_secret" not in repr(PAIRED)


def test_no_pairing_and_a_damaged_one_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "reader.json"
    with pytest.raises(pairing.NotPaired):
        pairing.load(path)
    for damaged in ("{", "[]", "{}", '{"server": "x"}'):
        path.write_text(damaged)
        with pytest.raises(pairing.Unusable, match="damaged: remove it and pair again"):
            pairing.load(path)


def test_the_note_of_an_outstanding_answer_is_there_until_it_is_cleared(tmp_path: Path) -> None:
    outstanding = Outstanding(tmp_path / "reader.json")
    assert outstanding.found() is None
    outstanding.note(key="k1", at="2026-07-24T10:00:00+0200")
    assert Outstanding(tmp_path / "reader.json").found() == "2026-07-24T10:00:00+0200"
    outstanding.clear()
    outstanding.clear()
    assert outstanding.found() is None
    (tmp_path / "reader.unanswered.json").write_text("half a no")
    assert outstanding.found() == "an unknown time"


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", "config/groat/reader.json"),
        ("darwin", "home/Library/Application Support/Groat/reader.json"),
        ("win32", "roaming/Groat/reader.json"),
    ],
)
def test_each_platform_has_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, place: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert pairing.default_path() == tmp_path / place
