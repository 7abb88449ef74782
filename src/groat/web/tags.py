"""The components as template tags. They are builtins: no template needs to load them."""

import re
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from groat.web import money, navigation, toasts

register = template.Library()

_ICONS = Path(__file__).resolve().parent / "static" / "web" / "vendor" / "lucide"


class UnknownIcon(template.TemplateSyntaxError):
    """No such drawing lies in static/web/vendor/lucide."""


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """A drawing of static/web/vendor/lucide. Without a label it is decoration, hidden from screen readers."""
    hint = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
        ' stroke-linecap="round" stroke-linejoin="round" {}>{}</svg>',
        classes,
        hint,
        _drawing(name),
    )


def icons() -> list[str]:
    """The names of all drawings."""
    return sorted(file.stem for file in _ICONS.glob("*.svg"))


@cache
def _drawing(name: str) -> SafeString:
    file = _ICONS / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not file.is_file():
        raise UnknownIcon(name)
    inside = re.search(r"<svg[^>]*>(.*)</svg>", file.read_text(), re.DOTALL)
    if inside is None:
        raise UnknownIcon(name)
    # A file of ours, not of a user.
    return SafeString(re.sub(r"\s*\n\s*", "", inside.group(1)))


@register.simple_tag(name="money")
def money_tag(
    amount_minor: int | None, programme: money.Denomination, signed: bool = False, warn: bool = False
) -> SafeString:
    """Credits of the programme. `signed` shows a plus, `warn` turns what is below zero red; None is a dash."""
    if amount_minor is None:
        return mark_safe('<span class="money">–</span>')
    text = money.format_credits(
        amount_minor,
        decimals=programme.credit_decimals,
        name=programme.credit_name,
        language=get_language() or "en",
        signed=signed,
    )
    return format_html('<span class="money{}">{}</span>', " is-negative" if warn and amount_minor < 0 else "", text)


@register.simple_tag(name="currency")
def currency_tag(amount_minor: int | None, programme: money.Denomination) -> SafeString:
    """Money of the programme's currency, from its minor units; None is a dash."""
    if amount_minor is None:
        return mark_safe('<span class="money">–</span>')
    text = money.format_currency(amount_minor, currency=programme.currency, language=get_language() or "en")
    return format_html('<span class="money">{}</span>', text)


@register.simple_tag(takes_context=True, name="navigation")
def navigation_tag(context: Context) -> list[navigation.Link]:
    """The links of the signed-in person; none where there is no programme or no staff."""
    programme, staff = context.get("programme"), context.get("staff")
    if not programme or not staff:
        return []
    return navigation.links(programme=programme.slug, role=staff.role, path=context["request"].path)


@register.filter
def grouped(links: list[navigation.Link]) -> Iterator[Any]:
    """Links under the names of their groups."""
    return navigation.grouped(links)


@register.filter
def tone(message: Message) -> str:
    """The tone of one of Django's messages."""
    return toasts.tone_of(message.level_tag)


@register.filter
def undo_url(message: Message) -> str | None:
    """Where a message's undo button POSTs to."""
    return toasts.undo_url_of(message.extra_tags)


@register.filter
def initials(name: str) -> str:
    """Up to two letters that stand for a person: "Jana Nováková" is JN."""
    words = [word for word in re.split(r"[\s-]+", name) if word[:1].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


@register.simple_tag
def request_key() -> SafeString:
    """A hidden field `request_key`, new each time: the same form sent twice does its work once."""
    return format_html('<input type="hidden" name="request_key" value="{}">', uuid.uuid4())


@register.simple_tag
def badge(text: str, tone: str = "", icon_name: str = "") -> SafeString:
    """A short status. Tones: good, bad, warn, info; none is neutral."""
    sign = icon(icon_name) if icon_name else ""
    return format_html('<span class="badge" data-tone="{}">{}{}</span>', tone, sign, text)


@register.inclusion_tag("web/components/stat.html")
def stat(label: str, value: object, hint: str = "", tone: str = "", url: str = "") -> dict[str, object]:
    """One figure with its name; with a url the whole tile is a link."""
    return {"label": label, "value": value, "hint": hint, "tone": tone, "url": url}


@register.inclusion_tag("web/components/search.html", takes_context=True)
def search_box(context: Context, target: str, label: str, url: str = "", name: str = "q", key: str = "/") -> Any:
    """A box that searches while one types: the answer replaces `target`, the address follows."""
    request = context["request"]
    kept = [(field, value) for field, value in request.GET.items() if field not in {name, "cursor"}]
    return {
        "target": target,
        "label": label,
        "url": url or request.path,
        "name": name,
        "key": key,
        "value": request.GET.get(name, ""),
        "kept": kept,
    }


@register.inclusion_tag("web/components/pager.html", takes_context=True)
def pager(context: Context, next_cursor: str | None, target: str = "") -> dict[str, Any]:
    """Back to the first page and on to the next one, keeping the rest of the address."""
    query = context["request"].GET.copy()
    is_first = "cursor" not in query
    query.pop("cursor", None)
    first = query.urlencode()
    if next_cursor:
        query["cursor"] = next_cursor
    path = context["request"].path
    return {
        "first_url": None if is_first else f"{path}?{first}" if first else path,
        "next_url": f"{path}?{query.urlencode()}" if next_cursor else None,
        "target": target,
    }


@register.inclusion_tag("web/components/statement_line.html")
def statement_line(
    *,
    title: str,
    amount_minor: int,
    programme: money.Denomination,
    at: object = None,
    detail: str = "",
    balance_minor: int | None = None,
    tone: str = "",
    icon_name: str = "receipt",
    url: str = "",
) -> dict[str, object]:
    """One movement of a wallet; a list item for `<ul class="statement">`."""
    return dict(locals())


@register.inclusion_tag("web/components/copy.html")
def copy_field(value: str, label: str) -> dict[str, str]:
    """A value to take along, with a button that copies it."""
    return {"value": value, "label": label}


@register.simple_block_tag(takes_context=True)
def empty(context: Context, content: SafeString, title: str, icon_name: str = "") -> SafeString:
    """Where a list would be. The content says what to do about it."""
    return _rendered(context, "web/components/empty.html", content=content, title=title, icon_name=icon_name)


@register.simple_block_tag(takes_context=True)
def note(context: Context, content: SafeString, tone: str = "info", icon_name: str = "") -> SafeString:
    """A sentence that must be seen. Tones: info, good, warn, bad."""
    signs = {"info": "info", "good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert"}
    return _rendered(
        context, "web/components/note.html", content=content, tone=tone, icon_name=icon_name or signs[tone]
    )


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: SafeString, dialog_id: str, title: str, kind: str = "dialog") -> SafeString:
    """A native dialog, opened by `data-open="id"`. Kinds: "dialog", "sheet" (from below)."""
    return _rendered(context, "web/components/dialog.html", content=content, id=dialog_id, title=title, kind=kind)


@register.simple_block_tag(takes_context=True)
def confirm(
    context: Context,
    content: SafeString,
    dialog_id: str,
    title: str,
    action: str,
    label: str,
    tone: str = "",
    icon_name: str = "",
) -> SafeString:
    """A question before a deed: a dialog whose form POSTs to `action`. Its content may hold fields."""
    sign = icon_name or ("triangle-alert" if tone == "danger" else "circle-question-mark")
    return _rendered(
        context,
        "web/components/confirm.html",
        content=content,
        id=dialog_id,
        title=title,
        action=action,
        label=label,
        tone=tone,
        icon_name=sign,
    )


@register.simple_block_tag(takes_context=True)
def menu(context: Context, content: SafeString, label: str, icon_name: str = "ellipsis") -> SafeString:
    """A button with more things to do; the content is links, buttons and one-button forms."""
    return _rendered(context, "web/components/menu.html", content=content, label=label, icon_name=icon_name)


def _rendered(context: Context, name: str, **values: object) -> SafeString:
    # A tag renders inside a template; the types do not know it.
    assert context.template is not None
    with context.push(**values):
        return context.template.engine.get_template(name).render(context)
