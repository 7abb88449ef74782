"""Products and their categories, by REST."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from groat import ids
from groat.api import examples
from groat.api.answers import Answer
from groat.api.bodies import LARGEST_MINOR, WHOLE, AmountOrNothing, Body, FilledLine, Id, optional
from groat.api.cursors import Listing, Page, PageIn
from groat.api.http import ApiRequest, response
from groat.api.operations import At, Idempotency, Out
from groat.catalogue import actions, queries, rules
from groat.catalogue.models import Category, Product
from groat.programmes import rest
from groat.programmes.deeds import Deed
from groat.programmes.models import Scope, Site
from groat.programmes.rules import MOST_VAT_RATE

router = Router()

Swatch = Literal["clay", "honey", "moss", "fern", "sea", "sky", "iris", "plum", "rose", "stone"]
CategoryName = Annotated[FilledLine, Field(max_length=60)]
ProductName = Annotated[FilledLine, Field(max_length=80)]
ChoiceName = Annotated[FilledLine, Field(max_length=rules.LONGEST_NAME)]
Difference = Annotated[int, Field(ge=-LARGEST_MINOR, le=LARGEST_MINOR), WHOLE]
Pick = Literal["one", "at_most_one", "any"]
Rate = Annotated[int, Field(ge=0, le=MOST_VAT_RATE), WHOLE]
Position = Annotated[int, Field(ge=0, le=1_000_000), WHOLE]


class CategoryIn(Body):
    """A new group of products."""

    name: CategoryName
    position: Position = 0
    """Its place among the tabs of the till."""


class CategoryChangesIn(Body):
    """What of a category changes; what is left out stays."""

    name: CategoryName = optional()
    position: Position = optional()


class CategoryOut(Out):
    """A group of products, a tab on the till."""

    id: UUID
    name: str
    position: int


class ChoiceIn(Body):
    """Something that may be had with a product, such as oat milk."""

    id: Id = optional()
    """Of one that is kept; left out, it is a new one."""
    name: ChoiceName
    price_minor: Difference = 0
    """What it adds to the product's price, in minor units of credit; may be negative. A line never falls below 0."""
    is_sold: Annotated[bool, Field(strict=True)] = True


class ChoiceGroupIn(Body):
    """Choices of which one is taken, or several."""

    id: Id = optional()
    """Of one that is kept; left out, it is a new one."""
    name: ChoiceName
    pick: Pick
    """`one`: the product is not sold without exactly one of them. `at_most_one`: one or none. `any`: as many as one
    likes."""
    choices: Annotated[list[ChoiceIn], Field(max_length=rules.MOST_CHOICES)] = Field(default=[])
    """In the order in which the till shows them."""


ChoiceGroups = Annotated[list[ChoiceGroupIn], Field(max_length=rules.MOST_GROUPS)]


class ProductIn(Body):
    """Something new to sell."""

    category: Id
    name: ProductName
    price_minor: AmountOrNothing
    """Minor units of credit."""
    swatch: Swatch = "stone"
    """Its colour on the till."""
    position: Position = 0
    is_favourite: Annotated[bool, Field(strict=True)] = False
    """Whether the tills show it first."""
    vat_rate: Rate | None = None
    """The VAT that its price contains, in hundredths of a per cent: 1200 is 12 %. Null: the programme's."""
    choice_groups: ChoiceGroups = Field(default=[])
    """What it leaves to choose."""


class ProductChangesIn(Body):
    """What of a product changes; what is left out stays. Payments of the past keep their name and price."""

    category: Id = optional()
    name: ProductName = optional()
    price_minor: AmountOrNothing = optional()
    swatch: Swatch = optional()
    position: Position = optional()
    is_favourite: Annotated[bool, Field(strict=True)] = optional()
    vat_rate: Rate | None = optional()
    choice_groups: ChoiceGroups = optional()
    """All that it leaves to choose; what is not among them is removed."""


class ChoiceOut(Out):
    """Something that may be had with a product."""

    id: UUID
    name: str
    price_minor: int
    """What it adds to the product's price; may be negative."""
    is_sold: bool


class ChoiceGroupOut(Out):
    """Choices of which one is taken, or several."""

    id: UUID
    name: str
    pick: Pick
    choices: list[ChoiceOut]


class PriceOut(Out):
    """A price dated ahead."""

    at: At
    """From when on it is asked."""
    price_minor: int


class ProductOut(Out):
    """Something with a price in credits."""

    id: UUID
    category: UUID
    name: str
    price_minor: int
    """What it costs now."""
    swatch: Swatch
    picture: str | None
    """The path of its picture on this server."""
    position: int
    is_favourite: bool
    """Whether the tills show it first."""
    vat_rate: int | None
    """The VAT that its price contains, in hundredths of a per cent; null: the programme's."""
    sites: list[UUID] | None
    """The sites that sell it; null: all."""
    is_sold_out: bool
    """Whether nothing is left of it just now; a payment of it is refused."""
    prices: list[PriceOut]
    """What it is going to cost, the earliest change first."""
    choice_groups: list[ChoiceGroupOut]
    """What it leaves to choose."""
    withdrawn_at: At | None
    """When it was taken off the tills; null while it is sold."""


CATEGORY: dict[str, Any] = {"id": examples.CATEGORY, "name": "Coffee", "position": 1}
PRODUCT: dict[str, Any] = {
    "id": examples.PRODUCT,
    "category": examples.CATEGORY,
    "name": "Flat white",
    "price_minor": 380,
    "swatch": "clay",
    "picture": None,
    "position": 2,
    "is_favourite": False,
    "vat_rate": 1200,
    "sites": None,
    "is_sold_out": False,
    "prices": [{"at": examples.AT, "price_minor": 420}],
    "choice_groups": [
        {
            "id": examples.CHOICE_GROUP,
            "name": "Milk",
            "pick": "at_most_one",
            "choices": [{"id": examples.CHOICE, "name": "Oat milk", "price_minor": 40, "is_sold": True}],
        }
    ],
    "withdrawn_at": None,
}
MILK: dict[str, Any] = {
    "name": "Milk",
    "pick": "at_most_one",
    "choices": [{"name": "Oat milk", "price_minor": 40}],
}


@router.get(
    "/categories",
    tags=["Products"],
    **rest.operation(
        scope=Scope.PRODUCTS_READ,
        summary="List categories",
        description="Categories in the order in which they were added.",
        answers={200: (Page[CategoryOut], examples.page(CATEGORY))},
        refusals=("cursor_invalid",),
    ),
)
def list_categories(request: ApiRequest, page: Query[PageIn]) -> HttpResponse:
    programme_id = request.auth.caller.programme_id
    listing = Listing("categories", programme_id)
    found = queries.categories(programme_id=programme_id, after=listing.position(page), limit=page.limit + 1)
    shown, position = listing.page_of(found, page, at=lambda category: category.id)
    return response(rest.done(listing.page([_category(one) for one in shown], next_position=position)))


@router.post(
    "/categories",
    tags=["Products"],
    **rest.operation(
        scope=Scope.PRODUCTS_WRITE,
        summary="Add a category",
        description="A group of products with a name of its own.",
        body={"category": {"name": "Coffee", "position": 1}},
        answers={201: (CategoryOut, CATEGORY)},
        refusals=("name_taken",),
        idempotency=Idempotency.OPTIONAL,
        links={
            "category": ("read_category", {"category": "$response.body#/id"}),
            "changes": ("change_category", {"category": "$response.body#/id"}),
        },
    ),
)
def add_category(request: ApiRequest, body: CategoryIn) -> HttpResponse:
    def add(deed: Deed) -> Answer:
        category = actions.add_category(
            programme=rest.programme(request), name=body.name, position=body.position, deed=deed
        )
        return rest.created(_category(category), path=f"/api/v1/categories/{category.public_id}")

    return rest.once(request, add)


@router.get(
    "/categories/{category}",
    tags=["Products"],
    **rest.operation(
        scope=Scope.PRODUCTS_READ,
        summary="Read a category",
        description="A category's name and place.",
        answers={200: (CategoryOut, CATEGORY)},
    ),
)
def read_category(request: ApiRequest, category: Id) -> HttpResponse:
    return response(rest.done(_category(_named_category(request, category))))


@router.patch(
    "/categories/{category}",
    tags=["Products"],
    **rest.operation(
        scope=Scope.PRODUCTS_WRITE,
        summary="Change a category",
        description="Renames a category, or moves it among the others.",
        body={"renamed": {"name": "Coffee and tea"}},
        answers={200: (CategoryOut, CATEGORY | {"name": "Coffee and tea"})},
        refusals=("name_taken",),
    ),
)
def change_category(request: ApiRequest, category: Id, body: CategoryChangesIn) -> HttpResponse:
    found = _named_category(request, category)
    wanted: dict[str, Any] = {"name": found.name, "position": found.position} | body.model_dump(exclude_unset=True)
    return response(rest.done(_category(actions.change_category(category=found, **wanted, deed=rest.deed(request)))))


@router.get(
    "/products",
    tags=["Products"],
    **rest.operation(
        scope=Scope.PRODUCTS_READ,
        summary="List products",
        description="Products in the order in which they were added, those withdrawn too; all, or a category's.",
        answers={200: (Page[ProductOut], examples.page(PRODUCT))},
        refusals=("cursor_invalid", "not_found"),
    ),
)
def list_products(
    request: ApiRequest,
    page: Query[PageIn],
    category: Annotated[Id | None, Query(description="Only this category's.")] = None,
) -> HttpResponse:
    programme_id = request.auth.caller.programme_id
    category_id = _named_category(request, category).id if category else None
    listing = Listing("products", programme_id, category=category_id)
    found = queries.products(
        programme_id=programme_id, category_id=category_id, after=listing.position(page), limit=page.limit + 1
    )
    shown, position = listing.page_of(found, page, at=lambda product: product.id)
    return response(rest.done(listing.page([_product(one) for one in shown], next_position=position)))


@router.post(
    "/products",
    tags=["Products"],
    **rest.operation(
        scope=Scope.PRODUCTS_WRITE,
        summary="Add a product",
        description="Puts something on sale at all tills of the programme. Its picture is uploaded in the office.",
        body={
            "product": {"category": examples.CATEGORY, "name": "Flat white", "price_minor": 380, "swatch": "clay"},
            "choices": {
                "category": examples.CATEGORY,
                "name": "Flat white",
                "price_minor": 380,
                "choice_groups": [MILK],
            },
        },
        answers={201: (ProductOut, PRODUCT)},
        refusals=("not_found", "name_taken"),
        idempotency=Idempotency.OPTIONAL,
        links={
            "product": ("read_product", {"product": "$response.body#/id"}),
            "changes": ("change_product", {"product": "$response.body#/id"}),
            "withdrawal": ("withdraw_product", {"product": "$response.body#/id"}),
            "restoration": ("restore_product", {"product": "$response.body#/id"}),
        },
    ),
)
def add_product(request: ApiRequest, body: ProductIn) -> HttpResponse:
    def add(deed: Deed) -> Answer:
        product = actions.add_product(
            programme=rest.programme(request),
            category=_named_category(request, body.category),
            name=body.name,
            price_minor=body.price_minor,
            swatch=body.swatch,
            position=body.position,
            is_favourite=body.is_favourite,
            vat_rate=body.vat_rate,
            choice_groups=[group.model_dump() for group in body.choice_groups],
            deed=deed,
        )
        return rest.created(_product(product), path=f"/api/v1/products/{product.public_id}")

    return rest.once(request, add)


@router.get(
    "/products/{product}",
    tags=["Products"],
    **rest.operation(
        scope=Scope.PRODUCTS_READ,
        summary="Read a product",
        description="A product's name, price and whether it is sold.",
        answers={200: (ProductOut, PRODUCT)},
    ),
)
def read_product(request: ApiRequest, product: Id) -> HttpResponse:
    return response(rest.done(_product(_named_product(request, product))))


@router.patch(
    "/products/{product}",
    tags=["Products"],
    **rest.operation(
        scope=Scope.PRODUCTS_WRITE,
        summary="Change a product",
        description="Changes what is told and leaves the rest. Payments of the past keep their name and price. "
        "`choice_groups` replaces all of them: those that stay are named by their ids.",
        body={
            "dearer": {"price_minor": 400},
            "choices": {"choice_groups": [{**MILK, "id": examples.CHOICE_GROUP}]},
        },
        answers={200: (ProductOut, PRODUCT | {"price_minor": 400})},
        refusals=("not_found", "name_taken"),
    ),
)
def change_product(request: ApiRequest, product: Id, body: ProductChangesIn) -> HttpResponse:
    found = _named_product(request, product)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    if "category" in changes:
        changes["category"] = _named_category(request, changes["category"])
    return response(rest.done(_product(actions.change_product(product=found, deed=rest.deed(request), **changes))))


@router.post(
    "/products/{product}/withdraw",
    tags=["Products"],
    **rest.operation(
        scope=Scope.PRODUCTS_WRITE,
        summary="Withdraw a product",
        description="Takes a product off the tills. Withdrawing it again changes nothing.",
        answers={200: (ProductOut, PRODUCT | {"withdrawn_at": examples.AT})},
        idempotency=Idempotency.OPTIONAL,
    ),
)
def withdraw_product(request: ApiRequest, product: Id) -> HttpResponse:
    def withdraw(deed: Deed) -> Answer:
        return rest.done(_product(actions.withdraw(product=_named_product(request, product), deed=deed)))

    return rest.once(request, withdraw)


@router.post(
    "/products/{product}/restore",
    tags=["Products"],
    **rest.operation(
        scope=Scope.PRODUCTS_WRITE,
        summary="Put a withdrawn product back on sale",
        description="The tills sell it again. Restoring what is sold changes nothing.",
        answers={200: (ProductOut, PRODUCT)},
        idempotency=Idempotency.OPTIONAL,
    ),
)
def restore_product(request: ApiRequest, product: Id) -> HttpResponse:
    def restore(deed: Deed) -> Answer:
        return rest.done(_product(actions.restore(product=_named_product(request, product), deed=deed)))

    return rest.once(request, restore)


def _named_category(request: ApiRequest, category: UUID) -> Category:
    return Category.named(programme_id=request.auth.caller.programme_id, public_id=category)


def _named_product(request: ApiRequest, product: UUID) -> Product:
    return Product.named(programme_id=request.auth.caller.programme_id, public_id=product)


def _category(category: Category) -> CategoryOut:
    return CategoryOut(id=category.public_id, name=category.name, position=category.position)


def _product(product: Product) -> ProductOut:
    now, sold = timezone.now(), product.sold
    return ProductOut.model_validate(
        {
            "id": product.public_id,
            "category": ids.public(Category.kind, product.category_id),
            "name": product.name,
            "price_minor": product.price_at(now),
            "swatch": product.swatch,
            "picture": product.picture.url if product.picture else None,
            "position": product.position,
            "is_favourite": product.is_favourite,
            "vat_rate": product.vat_rate,
            "sites": None if sold.sites is None else [ids.public(Site.kind, site) for site in sorted(sold.sites)],
            "is_sold_out": sold.is_sold_out(now),
            "prices": [{"at": price.at, "price_minor": price.price_minor} for price in sold.ahead(now)],
            "choice_groups": product.choice_groups,
            "withdrawn_at": product.withdrawn_at,
        }
    )
