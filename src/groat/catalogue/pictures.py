"""Pictures of products: taken in from anywhere, kept small and plain."""

from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile, File
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_PIXELS = 50_000_000
SIDE_PIXELS = 480
"""Of the square that is kept: three times what a tile on a telephone shows."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class NotAPicture(ValueError):
    """No file that could be shown: another format, broken, or with too many pixels to be opened."""


def shrunk(file: "File[Any]") -> "ContentFile[bytes]":
    """The middle of a picture as a square WebP.

    It is drawn anew, so nothing else of the file is kept, such as where it was taken.
    """
    try:
        with Image.open(file, formats=FORMATS) as picture:
            # Asked before it is decoded, for a small file may hold a huge picture.
            if picture.width * picture.height > LARGEST_PIXELS:
                raise NotAPicture(picture.size)
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAPicture from error
    side = min(SIDE_PIXELS, *upright.size)
    out = BytesIO()
    ImageOps.fit(upright, (side, side)).save(out, "WEBP", quality=82)
    return ContentFile(out.getvalue(), name="picture.webp")
