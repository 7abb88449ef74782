"""Why something cannot be sold so. Pure."""

from dataclasses import dataclass

from groat.errors import Refusal

LARGEST_PICTURE_BYTES = 10 * 1024 * 1024
LARGEST_PICTURE_PIXELS = 50_000_000


@dataclass(unsafe_hash=True)
class CategoryNotEmpty(Refusal):
    """Products are in it, on sale or withdrawn."""

    code = "category_not_empty"
    sentence = "Move its products (%(products)s) into another category first."

    products: int


@dataclass(unsafe_hash=True)
class InvalidPicture(Refusal):
    code = "picture_invalid"
    sentence = "This is no picture that can be shown. Choose a JPEG, PNG, WebP or GIF file."


@dataclass(unsafe_hash=True)
class PictureTooLarge(Refusal):
    code = "picture_too_large"
    sentence = "This picture is too large: at most 10 MB and 50 megapixels."
