"""The set-up's choices, with programs that only pretend."""

import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "setup"
Program = Callable[[Path, str], Path]


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """scripts/setup as a module, in a home with nothing in it and with an empty PATH."""
    spec = spec_from_loader("setup_script", SourceFileLoader("setup_script", str(SCRIPT)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec.loader.exec_module(module)
    for name in ("PYENV_ROOT", "PYENV_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return module


@pytest.fixture
def program() -> Program:
    def write(file: Path, prints: str) -> Path:
        """A program that prints a line, or fails when that is empty."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\necho '{prints}'\n" if prints else "#!/bin/sh\nexit 127\n")
        file.chmod(0o755)
        return file

    return write


def test_a_python_on_path_is_taken_by_what_it_says_it_is(setup: ModuleType, program: Program, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3.13", "3 12 /opt/python/bin/python")
    assert setup.find_python("uv") == "/opt/python/bin/python"


def test_a_shim_that_fails_does_not_hide_pyenvs_own(setup: ModuleType, program: Program, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3.13", "")
    program(tmp_path / "bin" / "python3", "3 11 /usr/bin/python3")
    program(tmp_path / "home" / ".pyenv" / "versions" / "3.9.18" / "bin" / "python", "3 9 /pyenv/3.9")
    program(tmp_path / "home" / ".pyenv" / "versions" / "3.12.1" / "bin" / "python", "3 12 /pyenv/3.12")
    program(tmp_path / "home" / ".pyenv" / "versions" / "3.13.10" / "bin" / "python", "3 13 /pyenv/3.13.10")
    program(tmp_path / "home" / ".pyenv" / "versions" / "3.13.9" / "bin" / "python", "3 13 /pyenv/3.13.9")
    assert setup.find_python("uv") == "/pyenv/3.13.10"


def test_a_python_newer_than_the_locked_packages_is_passed_over(
    setup: ModuleType, program: Program, tmp_path: Path
) -> None:
    program(tmp_path / "bin" / "python3", "3 99 /usr/bin/python3")
    fetching = program(tmp_path / "uv", "/fetched/python")
    assert setup.find_python(fetching) == "/fetched/python"


def test_without_any_python_one_sentence_says_what_to_do(setup: ModuleType, program: Program, tmp_path: Path) -> None:
    with pytest.raises(setup.CannotGoOn, match=r"^Groat needs Python 3\.12 to 3\.14 and found none: install one [^.]+"):
        setup.find_python(program(tmp_path / "uv", ""))


def test_this_python_suits(setup: ModuleType) -> None:
    assert Path(setup.suitable(sys.executable)).samefile(sys.executable)


@pytest.mark.parametrize(("version", "taken"), [("0.8.9", False), ("0.9.0", True), ("0.99.1", True), ("1.0.0", False)])
def test_a_uv_on_path_is_taken_if_it_carries_the_build_backend(
    setup: ModuleType, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool
) -> None:
    there = program(tmp_path / "bin" / "uv", f"uv {version} (somewhere)")
    monkeypatch.setattr(setup, "OWN_UVS", ())
    monkeypatch.setattr(setup, "fetch_uv", lambda: "fetched")
    assert setup.find_uv() == (str(there) if taken else "fetched")


def test_an_unchanged_environment_is_left_alone(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "installed", lambda: ("dev", setup.fingerprint("dev")))
    monkeypatch.setattr(setup, "install", lambda level: pytest.fail(f"installed {level}"))
    monkeypatch.setattr(setup, "compile_translations", lambda: None)
    setup.main(["run"])
    setup.main(["dev"])


def test_what_tests_need_is_kept_when_a_lock_changes(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(setup, "installed", lambda: ("dev", "of yesterday"))
    monkeypatch.setattr(setup, "install", installed.append)
    monkeypatch.setattr(setup, "compile_translations", lambda: None)
    setup.main(["run"])
    assert installed == ["dev"]
