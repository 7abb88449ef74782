"""What the repository promises about itself."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from importlib.util import resolve_name
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from packaging.requirements import Requirement

import groat
import groat.models

CLONE = Path(__file__).resolve().parent.parent
# Addresses from which packages are downloaded; written so that this file is no find of its own.
REGISTRIES = re.compile(
    r"\b(?:pypi\.(?:org|io)|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|crates\.io|rubygems\.org|anaconda\.org)\b",
    re.IGNORECASE,
)


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CLONE, capture_output=True, text=True, check=True).stdout
    return [file for name in listed.split("\0") if name and (file := CLONE / name).is_file()]


def modules() -> list[str]:
    return [found.name for found in pkgutil.walk_packages(groat.__path__, "groat.")]


def imports_of(file: Path) -> set[str]:
    """The absolute names of the modules that a file imports, wherever in it."""
    package = ".".join(file.relative_to(CLONE / "src").parent.parts)
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(resolve_name("." * node.level + (node.module or ""), package))
    return found


def locked(name: str) -> dict[str, str]:
    """Of a lock file: package by package, its version."""
    text = (CLONE / "requirements" / name).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text, re.MULTILINE))


def test_every_model_is_gathered_where_django_looks_for_it() -> None:
    for module in modules():
        importlib.import_module(module)
    models = {model.__name__: model for model in apps.get_app_config("groat").get_models()}
    assert {name: getattr(groat.models, name) for name in groat.models.__all__} == models


@pytest.mark.django_db
def test_the_migrations_are_complete() -> None:
    told = StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=told)
    except SystemExit:
        pytest.fail(f"models have changed without a migration:\n{told.getvalue()}", pytrace=False)


def test_the_ledgers_core_imports_the_standard_library_alone() -> None:
    files = sorted((CLONE / "src" / "groat" / "ledger" / "core").glob("*.py"))
    assert len(files) > 1
    imported = {(file.name, name) for file in files for name in imports_of(file)}
    others = {
        (file, name)
        for file, name in imported
        if name.split(".")[0] not in sys.stdlib_module_names
        if not f"{name}.".startswith(("groat.errors.", "groat.ledger.core."))
    }
    assert others == set()


def test_no_file_names_a_package_registry() -> None:
    finds = [
        f"{file.relative_to(CLONE)}: {found.group()}"
        for file in tracked_files()
        for found in REGISTRIES.finditer(file.read_bytes().decode(errors="replace"))
    ]
    assert finds == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((CLONE / "pyproject.toml").read_text())
    for lock, asked in [
        ("run.txt", project["project"]["dependencies"]),
        ("reader.txt", project["project"]["optional-dependencies"]["reader"]),
        ("dev.txt", [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]),
    ]:
        versions = locked(lock)
        unmet = [
            text
            for text in asked
            if (wish := Requirement(text)).name.lower() not in versions
            or not wish.specifier.contains(versions[wish.name.lower()], prereleases=True)
        ]
        assert (lock, unmet) == (lock, []), "say `make lock`"


def test_the_tests_run_on_the_very_packages_that_the_product_runs_on() -> None:
    run = locked("run.txt")
    assert {name: version for name, version in locked("dev.txt").items() if name in run} == run != {}


def test_every_locked_package_has_a_hash() -> None:
    for file in sorted((CLONE / "requirements").glob("*.txt")):
        packages = re.split(r"\n(?=\S)", file.read_text().strip())
        assert [package for package in packages if "--hash=sha256:" not in package] == []


def test_what_a_page_of_the_documentation_links_to_is_there() -> None:
    pages = [*CLONE.glob("*.md"), *(CLONE / "docs").rglob("*.md"), *(CLONE / "bench").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#\s]+)", page.read_text())]
    there = [(page, link) for page, link in links if "://" not in link and not link.startswith("mailto:")]

    assert len(there) > 30
    assert [(page.name, link) for page, link in there if not (page.parent / link).exists()] == []
