"""Why something cannot be sold so, and what a product leaves to choose. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from groat.errors import NotFound, Refusal, _
from groat.ledger.core.commands import MOST_MINOR
from groat.ledger.core.values import value
from groat.programmes.rules import InvalidAmount, InvalidValue, NameTaken, is_storable

ONE, AT_MOST_ONE, ANY = "one", "at_most_one", "any"
"""How many of a group's choices are taken."""
PICKS = (ONE, AT_MOST_ONE, ANY)
MOST_GROUPS = 10
MOST_CHOICES = 30
"""Of a group."""
LONGEST_NAME = 60


@dataclass(unsafe_hash=True)
class CategoryNotEmpty(Refusal):
    """Products are in it, on sale or withdrawn."""

    code = "category_not_empty"
    sentence = _("Move its products (%(products)s) into another category first.")

    products: int


@value(frozen=True, slots=True)
class Choice:
    """Something that may be had with a product: oat milk, an hour instead of half of it."""

    id: str
    """Its public id."""
    name: str
    price_minor: int
    """What it adds to the product's price, in minor units of credit; may be negative."""
    is_sold: bool = True


@value(frozen=True, slots=True)
class ChoiceGroup:
    """Choices of which one, at most one, or any number is taken."""

    id: str
    name: str
    pick: str
    choices: tuple[Choice, ...]

    @property
    def sold(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.is_sold)

    @property
    def must_choose(self) -> bool:
        """Whether the product is not sold without one of these."""
        return self.pick == ONE and bool(self.sold)


type Groups = tuple[ChoiceGroup, ...]


def vat_of(*, own: int | None, usual: int | None) -> int | None:
    """The VAT that a price contains, in basis points: a product's `own` or else the programme's `usual` rate.

    None without a usual one, whatever the product says: then the programme charges no VAT.
    """
    return usual if own is None or usual is None else own


def groups_in(kept: Iterable[dict[str, Any]]) -> Groups:
    """What a product leaves to choose, from what is kept of it."""
    return tuple(
        ChoiceGroup(one["id"], one["name"], one["pick"], tuple(Choice(**choice) for choice in one["choices"]))
        for one in kept
    )


def kept(groups: Groups) -> list[dict[str, Any]]:
    """What is kept of groups, ready for JSON."""
    return [
        {
            "id": group.id,
            "name": group.name,
            "pick": group.pick,
            "choices": [
                {"id": one.id, "name": one.name, "price_minor": one.price_minor, "is_sold": one.is_sold}
                for one in group.choices
            ],
        }
        for group in groups
    ]


def checked_groups(asked: Sequence[dict[str, Any]], *, known: Groups, new_id: Callable[[str], str]) -> Groups:
    """The groups as they are asked for: `name`, `pick` and `choices`, each of these `name` and perhaps more.

    An `id` says which group or choice of the product's (`known`) it is; without one it is new, and
    `new_id("choice_group")` or `new_id("choice")` names it.
    Raises InvalidValue, InvalidAmount, NameTaken, and NotFound for an id that is none of the product's.
    """
    _few(asked, MOST_GROUPS)
    ids = {group.id for group in known}
    choice_ids = {choice.id for group in known for choice in group.choices}
    groups = tuple(
        ChoiceGroup(
            id=_id(one, ids) or new_id("choice_group"),
            name=_name(one),
            pick=_pick(one),
            choices=tuple(_choice(choice, choice_ids, new_id) for choice in _few(one.get("choices", ()), MOST_CHOICES)),
        )
        for one in asked
    )
    _apart(groups)
    for group in groups:
        _apart(group.choices)
    return groups


def _choice(asked: dict[str, Any], known: set[str], new_id: Callable[[str], str]) -> Choice:
    price_minor = asked.get("price_minor", 0)
    if not -MOST_MINOR <= price_minor <= MOST_MINOR:
        raise InvalidAmount
    return Choice(_id(asked, known) or new_id("choice"), _name(asked), price_minor, bool(asked.get("is_sold", True)))


def _id(asked: dict[str, Any], known: set[str]) -> str:
    """The id that is asked for, which is then taken; "" for something new."""
    if asked.get("id") is None:
        return ""
    told = str(asked["id"])
    if told not in known:
        raise NotFound
    known.discard(told)
    return told


def _name(asked: dict[str, Any]) -> str:
    name = str(asked["name"]).strip()
    if not name or not is_storable(name):
        raise InvalidValue("name", "invalid" if name else "blank")
    if len(name) > LONGEST_NAME:
        raise InvalidValue("name", "max_length")
    return name


def _pick(asked: dict[str, Any]) -> str:
    if asked["pick"] not in PICKS:
        raise InvalidValue("pick", "invalid_choice")
    return str(asked["pick"])


def _few[T](asked: Sequence[T], most: int) -> Sequence[T]:
    if len(asked) > most:
        raise InvalidValue("choice_groups", "max_length")
    return asked


def _apart(rows: Sequence[Choice | ChoiceGroup]) -> None:
    """Two of a name could not be told apart at the till."""
    seen: set[str] = set()
    for row in rows:
        if row.name.casefold() in seen:
            raise NameTaken(row.name)
        seen.add(row.name.casefold())
