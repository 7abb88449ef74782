"""Whether the Czech and the Slovak catalogue say all that Groat says."""

import re
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.utils import translation

import groat
from groat.errors import Refusal
from tests.web.test_refusals import every_refusal

LOCALE = Path(groat.__file__).parent / "locale"
LANGUAGES = ["cs", "sk"]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w*\}|</?\w+>")
END = re.compile(r"[.?!:…]?$")


@dataclass(frozen=True, slots=True)
class Text:
    """English words and what they are in another language: once, or once for each form of the plural."""

    context: str | None
    english: tuple[str, ...]
    said: tuple[str, ...]


@cache
def catalogue(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@cache
def texts(language: str) -> list[Text]:
    return [
        Text(message.context, forms_of(message.id), forms_of(message.string))
        for message in catalogue(language)
        if message.id
    ]


def forms_of(words: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words or ())


def placeholders(words: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(words))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_in_every_form(language: str) -> None:
    forms = catalogue(language).num_plurals
    lacking = [
        text
        for text in texts(language)
        if len(text.said) != (1 if len(text.english) == 1 else forms) or not all(form.strip() for form in text.said)
    ]
    assert lacking == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_a_guess_or_a_relic(language: str) -> None:
    words = catalogue(language)
    assert [message.id for message in words if message.fuzzy] == []
    assert list(words.obsolete) == []


def test_both_languages_translate_the_same_texts() -> None:
    czech, slovak = ({(text.context, text.english) for text in texts(language)} for language in LANGUAGES)
    assert czech == slovak


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_names_the_same_facts_as_the_text(language: str) -> None:
    wrong = [
        (text, form)
        for text in texts(language)
        for form in text.said
        if placeholders(form) != placeholders(text.english[-1])
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_ends_as_the_text_does(language: str) -> None:
    wrong = [
        (text, form)
        for text in texts(language)
        for form in text.said
        if END.findall(form)[0] != END.findall(text.english[-1])[0]
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    stale = [
        text
        for text in texts(language)
        if text.said[0]
        != (compiled.pgettext(text.context, text.english[0]) if text.context else compiled.gettext(text.english[0]))
    ]
    assert stale == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("refusal", sorted(every_refusal(), key=str))
def test_every_refusal_is_told_in_the_language(refusal: type[Refusal], language: str) -> None:
    written = {text.english[0]: text.said[0] for text in texts(language) if not text.context}
    with translation.override(language):
        assert translation.gettext(refusal.sentence) == written[refusal.sentence]
