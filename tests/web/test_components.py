"""The components as pages use them."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

import groat.web
from groat.web import tags, toasts

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
PACKAGE = Path(groat.web.__file__).parent.parent


@dataclass(frozen=True)
class Programme:
    slug: str = "harbour"
    name: str = "Harbour House"
    credit_name: str = "Kč"
    credit_decimals: int = 2
    currency: str = "EUR"


def shown(source: str, *, path: str = "/customers/", **context: Any) -> str:
    """What a template shows, its white space folded."""
    context = {"programme": Programme(), "request": RequestFactory().get(path), **context}
    with translation.override("en"):
        return re.sub(r"[ \n]+", " ", Template(source).render(Context(context))).strip()


def test_what_is_copied_is_copied_with_its_quotes() -> None:
    field = shown("{% copy_field 'install \"groat[reader]\"' 'Command' %}")
    assert re.findall('(?:value|data-copy)="([^"]*)"', field) == ["install &quot;groat[reader]&quot;"] * 2


def test_money_is_shown_in_the_programmes_credits() -> None:
    assert shown("{% money 125000 programme %}") == f'<span class="money">1,250.00{NBSP}Kč</span>'
    assert shown("{% currency 1250 programme %}") == '<span class="money">€12.50</span>'


def test_a_balance_below_zero_can_warn() -> None:
    assert shown("{% money -50 programme warn=True %}") == f'<span class="money is-negative">{MINUS}0.50{NBSP}Kč</span>'
    assert "is-negative" not in shown("{% money 0 programme warn=True %}")


def test_an_amount_that_is_not_known_is_a_dash() -> None:
    assert shown("{% money None programme %}{% currency None programme %}") == '<span class="money">–</span>' * 2


def test_a_programmes_name_for_its_credits_is_never_markup() -> None:
    text = shown("{% money 100 programme %}", programme=Programme(credit_name="<b>"))
    assert text == f'<span class="money">1.00{NBSP}&lt;b&gt;</span>'


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in shown('{% icon "check" %}')
    assert 'role="img" aria-label="Done"' in shown('{% icon "check" "" "Done" %}')


@pytest.mark.parametrize("name", ["no-such-thing", "../LICENSE", ""])
def test_an_unknown_icon_is_a_mistake_at_once(name: str) -> None:
    with pytest.raises(tags.UnknownIcon):
        tags.icon(name)


def test_each_icon_that_a_template_or_a_module_names_is_there() -> None:
    sources = [*PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.py")]
    named = {
        name
        for source in sources
        for pattern in (r'{% icon "([a-z0-9-]+)"', r'icon_name="([a-z0-9-]+)"', r'{% empty [^%]*"([a-z0-9-]+)" %}')
        for name in re.findall(pattern, source.read_text())
    }
    assert "check" in named
    for name in named:
        tags.icon(name)


def test_each_icon_that_is_there_is_named_somewhere() -> None:
    words = "\n".join(source.read_text() for ending in ("html", "py", "js") for source in ours(ending))
    unused = {icon.stem for icon in tags._ICONS.glob("*.svg") if not re.search(rf"""["']{icon.stem}["']""", words)}
    assert unused == set()


def test_each_class_that_is_styled_is_used_somewhere() -> None:
    styles = "\n".join(file.read_text() for file in ours("css"))
    # Swagger UI's classes are its own, and htmx puts one onto what asks.
    styles = re.sub(r"(?s:/\*.*?\*/)|url\([^)]*\)|(?m:^.*\.swagger-ui.*$)|\.htmx-request", "", styles)
    words = "\n".join(source.read_text() for ending in ("html", "py", "js") for source in ours(ending))
    named = set(re.findall(r"(?<=\.)[a-z][\w-]*", styles))
    assert "button" in named
    assert {name for name in named if not re.search(rf"(?<![\w-]){name}(?![\w-])", words)} == set()


def ours(ending: str) -> list[Path]:
    """The files of the package that we wrote."""
    return [file for file in PACKAGE.rglob(f"*.{ending}") if "vendor" not in file.parts]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Jana Nováková", "JN"),
        ("Ľuboš", "Ľ"),
        ("Anna Marie de Vries", "AV"),
        ("Employee 2231", "E"),
        ("", "?"),
        ("4711", "?"),
    ],
)
def test_a_person_has_initials(name: str, letters: str) -> None:
    assert tags.initials(name) == letters


def test_a_search_keeps_the_rest_of_the_address_but_not_the_page() -> None:
    text = shown('{% search_box "#rows" "Name" %}', path="/customers/?q=Nov&state=active&cursor=9")
    assert 'value="Nov"' in text
    assert '<input type="hidden" name="state" value="active">' in text
    assert "cursor" not in text


def test_what_was_searched_for_is_never_markup() -> None:
    assert "<script" not in shown('{% search_box "#rows" "Name" %}', path="/?q=%22%3E%3Cscript%3E&%22%3E%3Cscript%3E=1")


@pytest.mark.parametrize(
    ("path", "cursor", "urls"),
    [
        ("/customers/", None, []),
        ("/customers/?q=a", "9", ["/customers/?q=a&amp;cursor=9"]),
        ("/customers/?q=a&cursor=5", "9", ["/customers/?q=a", "/customers/?q=a&amp;cursor=9"]),
        ("/customers/?cursor=5", None, ["/customers/"]),
    ],
)
def test_the_pager_leads_on_and_back_to_the_beginning(path: str, cursor: str | None, urls: list[str]) -> None:
    assert re.findall(r' href="([^"]*)"', shown("{% pager cursor %}", path=path, cursor=cursor)) == urls


def test_a_confirmation_is_a_form_that_posts() -> None:
    text = shown(
        '{% confirm "block" title="Block?" action="/block/" label="Block" tone="danger" %}'
        "<p>{{ why }}</p>{% endconfirm %}",
        why="<lost>",
        csrf_token="token",
    )
    assert '<dialog class="dialog" id="block" aria-labelledby="block-title">' in text
    assert '<form method="post" action="/block/">' in text
    assert 'name="csrfmiddlewaretoken" value="token"' in text
    assert "<p>&lt;lost&gt;</p>" in text
    assert '<button class="button button-danger">Block</button>' in text


def test_a_statement_line_tells_what_when_and_what_is_left() -> None:
    text = shown(
        '{% statement_line title="Lunch" amount_minor=-1250 balance_minor=5000 programme=programme at=at'
        ' detail="Canteen" %}',
        at=datetime(2026, 3, 4, 10, 22, tzinfo=UTC),
    )
    assert f"{MINUS}12.50{NBSP}Kč" in text
    assert f"50.00{NBSP}Kč" in text
    assert 'datetime="2026-03-04T10:22:00+00:00"' in text
    assert "· Canteen" in text


def test_each_form_gets_a_request_key_of_its_own() -> None:
    keys = {shown("{% request_key %}") for _ in range(3)}
    assert len(keys) == 3
    assert all(re.fullmatch(r'<input type="hidden" name="request_key" value="[0-9a-f-]{36}">', key) for key in keys)


@dataclass
class Kept(BaseStorage):
    """Messages that stay in memory."""

    request: HttpRequest = field(default_factory=lambda: RequestFactory().get("/"))

    def __post_init__(self) -> None:
        super().__init__(self.request)
        self.request._messages = self  # type: ignore[attr-defined]  # where Django's middleware puts it

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Any], bool]:
        return [], True

    def _store(self, messages: Any, response: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return []


def test_a_toast_offers_to_take_back_what_was_done() -> None:
    kept = Kept()
    toasts.done(kept.request, "Card blocked.", undo_url="/unblock/")
    text = shown('{% include "web/components/toasts.html" %}', messages=kept, csrf_token="token")
    assert '<div class="toast" data-tone="good">' in text
    assert '<form method="post" action="/unblock/">' in text


def test_a_toast_without_a_way_back_offers_none() -> None:
    kept = Kept()
    toasts.done(kept.request, "Saved.")
    toasts.failed(kept.request, "<no>")
    text = shown('{% include "web/components/toasts.html" %}', messages=kept)
    assert "<form" not in text
    assert '<div class="toast" data-tone="bad">' in text
    assert "&lt;no&gt;" in text


# A letter is read where no policy of ours is, and most programs that show it know no style sheet.
LETTERS = set(PACKAGE.rglob("*letter.html"))


@pytest.mark.parametrize(
    "template", sorted(set(PACKAGE.rglob("*.html")) - LETTERS), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_template_needs_what_the_content_security_policy_forbids(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=|hx-on|<style|javascript:", text)
    assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []
