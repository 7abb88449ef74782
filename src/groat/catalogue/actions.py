"""What is done to categories and products."""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

from django.core.files.base import File
from django.db import transaction

from groat import ids
from groat.catalogue import rules, shelf
from groat.catalogue.models import Category, Product
from groat.errors import NotFound
from groat.ledger.core.commands import MOST_MINOR
from groat.programmes import audit, writing
from groat.programmes.deeds import Deed
from groat.programmes.models import Programme
from groat.programmes.rules import InvalidAmount, InvalidValue, NameTaken, checked_vat_rate
from groat.web.swatches import SWATCHES


class ProductChanges(TypedDict, total=False):
    """Any of these; what is left out stays."""

    category: Category
    name: str
    price_minor: int
    swatch: str
    picture: "File[Any] | None"
    """As `pictures.shrunk` made it; None takes the picture away."""
    position: int
    is_favourite: bool
    """Whether the tills show it first."""
    vat_rate: int | None
    """Basis points; None: as the programme has it."""
    choice_groups: Sequence[dict[str, Any]]
    """All that it leaves to choose, as `rules.checked_groups` takes it."""


@transaction.atomic
def add_category(*, programme: Programme, name: str, position: int = 0, swatch: str = "", deed: Deed) -> Category:
    """Add a group of products. Refusals: NameTaken, InvalidValue."""
    category = Category(id=deed.mint(), programme=programme, name=name.strip(), position=position, swatch=swatch)
    _check_swatch(swatch)
    with writing.unless_taken(NameTaken(category.name), "one_category_a_name"):
        writing.checked(category).save(force_insert=True)
    _note(category, "category.added", deed)
    return category


@transaction.atomic
def change_category(*, category: Category, name: str, position: int, swatch: str | None = None, deed: Deed) -> Category:
    """Rename a category, move it among the others or give it a colour ("": none). Refusals: NameTaken, InvalidValue."""
    _check_swatch(swatch or "")
    category = writing.locked(category)
    with writing.unless_taken(NameTaken(name.strip()), "one_category_a_name"):
        told = writing.change(
            category, {"name": name.strip(), "position": position} | ({} if swatch is None else {"swatch": swatch})
        )
    if told:
        _note(category, "category.changed", deed, told)
    return category


@transaction.atomic
def remove_category(*, category: Category, deed: Deed) -> None:
    """Remove a category that has no products, withdrawn ones included. Refusal: CategoryNotEmpty."""
    category = writing.locked(category)
    products = Product.objects.filter(category=category).count()
    if products:
        raise rules.CategoryNotEmpty(products)
    _note(category, "category.removed", deed)
    category.delete()


@transaction.atomic
def add_product(
    *,
    programme: Programme,
    category: Category,
    name: str,
    price_minor: int,
    swatch: str,
    picture: "File[Any] | None" = None,
    position: int = 0,
    is_favourite: bool = False,
    vat_rate: int | None = None,
    choice_groups: Sequence[dict[str, Any]] = (),
    deed: Deed,
) -> Product:
    """Put something on sale, at a price in minor units of credit; `choice_groups` as `rules.checked_groups` takes them.

    Refusals: InvalidValue, InvalidAmount, NameTaken, NotFound.
    """
    if category.programme_id != programme.id:
        raise NotFound
    product = Product(
        id=deed.mint(),
        programme=programme,
        category=_kept(category),
        name=name.strip(),
        price_minor=price_minor,
        swatch=swatch,
        position=position,
        is_favourite=is_favourite,
        vat_rate=vat_rate,
        choice_groups=_choices(choice_groups, known=(), deed=deed),
    )
    _check(product)
    if picture is not None:
        product.picture = _named(picture, product, deed)
    product.save(force_insert=True)
    _note(product, "product.added", deed, {"price_minor": price_minor})
    return product


@transaction.atomic
def change_product(*, product: Product, deed: Deed, **changes: Unpack[ProductChanges]) -> Product:
    """Change a product; payments of the past keep their name and price. Refusals as in `add_product`."""
    product = writing.locked(product)
    asked: dict[str, Any] = dict(changes)
    if unknown := asked.keys() - ProductChanges.__annotations__.keys():
        raise TypeError(f"a product has no {', '.join(sorted(unknown))}")
    if "category" in asked:
        writing.same_programme(product, asked["category"])
        asked["category"] = _kept(asked["category"])
    if "name" in asked:
        asked["name"] = asked["name"].strip()
    costs_minor = product.price_at(deed.now)
    if "price_minor" in asked and 0 <= asked["price_minor"] <= MOST_MINOR:
        asked |= {"price_minor": product.price_minor} | shelf.repriced(product, asked["price_minor"], now=deed.now)
    groups = product.choices
    if "choice_groups" in asked:
        asked |= _choices_changed(product, asked["choice_groups"], deed)
    old = product.picture.name
    if "picture" in asked:
        asked["picture"] = _named(asked["picture"], product, deed) if asked["picture"] else ""
    told = writing.change(product, asked, check=_check)
    if old and "picture" in told:
        transaction.on_commit(lambda: product.picture.storage.delete(old))
    if told:
        if "price_minor" in told:
            told["price_minor"] = [costs_minor, product.price_at(deed.now)]
        _note(product, "product.changed", deed, _audited(told, product, groups))
    return product


@transaction.atomic
def choices_back(*, product: Product, deed: Deed) -> Product:
    """Undo the last change of what a product leaves to choose; undone again, it is as it was. Refusal: NotFound."""
    product = writing.locked(product)
    before = product.choice_groups_before
    if before is None:
        raise NotFound
    groups = product.choices
    told = writing.change(product, {"choice_groups": before, "choice_groups_before": product.choice_groups})
    if told:
        _note(product, "product.changed", deed, _audited(told, product, groups))
    return product


@transaction.atomic
def withdraw(*, product: Product, deed: Deed) -> Product:
    """Take a product off the tills. Withdrawing it twice is withdrawing it once."""
    product = writing.locked(product)
    if writing.change(product, {"withdrawn_at": product.withdrawn_at or deed.now}):
        _note(product, "product.withdrawn", deed)
    return product


@transaction.atomic
def restore(*, product: Product, deed: Deed) -> Product:
    """Put a withdrawn product back on sale."""
    product = writing.locked(product)
    if writing.change(product, {"withdrawn_at": None}):
        _note(product, "product.restored", deed)
    return product


def _choices(asked: Sequence[dict[str, Any]], *, known: rules.Groups, deed: Deed) -> list[dict[str, Any]]:
    groups = rules.checked_groups(asked, known=known, new_id=lambda kind: ids.public_text(kind, deed.mint()))
    return rules.kept(groups)


def _choices_changed(product: Product, asked: Sequence[dict[str, Any]], deed: Deed) -> dict[str, Any]:
    changed = _choices(asked, known=product.choices, deed=deed)
    if changed == product.choice_groups:
        return {"choice_groups": changed}
    return {"choice_groups": changed, "choice_groups_before": product.choice_groups}


def _audited(told: dict[str, list[Any]], product: Product, before: rules.Groups) -> dict[str, list[Any]]:
    """What changed, with choices in a few words instead of all that is kept of them."""
    for kept in ("choice_groups_before", "price_history", "selling"):
        told.pop(kept, None)
    if "choice_groups" in told:
        told["choice_groups"] = [_in_words(before), _in_words(product.choices)]
    return told


def _in_words(groups: rules.Groups) -> str:
    return "; ".join(f"{group.name}: {', '.join(choice.name for choice in group.choices)}" for group in groups)


def _named(picture: "File[Any]", product: Product, deed: Deed) -> "File[Any]":
    """The picture under a name that was never used: whoever has the old one sees that it is another."""
    picture.name = f"{product.public_id}-{deed.mint():x}.webp"
    return picture


def _kept(category: Category) -> Category:
    """The category, which nobody removes while a product is put into it."""
    found = Category.objects.select_for_update().filter(pk=category.pk).first()
    if found is None:
        raise NotFound
    return found


def _check_swatch(swatch: str) -> None:
    if swatch and swatch not in SWATCHES:
        raise InvalidValue("swatch", "invalid_choice")


def _check(product: Product) -> Product:
    if product.swatch not in SWATCHES:
        raise InvalidValue("swatch", "invalid_choice")
    if not 0 <= product.price_minor <= MOST_MINOR:
        raise InvalidAmount
    checked_vat_rate(product.vat_rate)
    return writing.checked(product)


def _note(row: Category | Product, action: str, deed: Deed, told: dict[str, Any] | None = None) -> None:
    audit.write(
        programme_id=row.programme_id, deed=deed, action=action, subject=row, subject_name=row.name, details=told
    )
