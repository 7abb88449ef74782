"""What the office's navigation shows. The composition registers the items; the shell renders them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.urls import reverse
from django.utils.functional import Promise

_items: list["Item"] = []


@dataclass(frozen=True, slots=True)
class Item:
    """One place to go to. `url_name` is reversed with the programme's slug as `programme`."""

    label: str | Promise
    url_name: str
    icon: str
    roles: frozenset[str]
    group: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An item as one person sees it on one page."""

    label: str | Promise
    url: str
    icon: str
    group: str | Promise
    is_current: bool


def register(*items: Item) -> None:
    """Add items in the order in which they are to stand; what is already there stays once."""
    _items.extend(item for item in items if item not in _items)


def links(*, programme: str, role: str, path: str) -> list[Link]:
    """What a person of this role sees; the place that `path` lies in is marked as current."""
    mine = [(item, reverse(item.url_name, kwargs={"programme": programme})) for item in _items if role in item.roles]
    # The longest address that the path begins with: /p/x/customers/7/ lies in customers, not in /p/x/.
    here = max((url for _, url in mine if path.startswith(url)), key=len, default=None)
    return [Link(item.label, url, item.icon, item.group, url == here) for item, url in mine]


def grouped(of: list[Link]) -> Iterator[tuple[str | Promise, list[Link]]]:
    """The links under their groups' names, in the order of registration."""
    for group, members in groupby(of, key=lambda link: link.group):
        yield group, list(members)
