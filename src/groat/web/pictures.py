"""Pictures: taken in from anywhere, kept small and plain."""

from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile, File
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_PIXELS = 50_000_000
SIDE_PIXELS = 480
"""Of the square that is kept: three times what a tile on a telephone shows."""
LOGO_PIXELS = (640, 240)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class NotAPicture(ValueError):
    """No file that could be shown: another format, broken, or with too many pixels to be opened."""


def shrunk(file: "File[Any]") -> "ContentFile[bytes]":
    """The middle of a picture as a square WebP. Raises NotAPicture."""
    upright = _upright(file)
    side = min(SIDE_PIXELS, *upright.size)
    return _webp(ImageOps.fit(upright, (side, side)))


def contained(file: "File[Any]") -> "ContentFile[bytes]":
    """The whole picture as a WebP no larger than a logo has to be; what is clear stays so. Raises NotAPicture."""
    upright = _upright(file)
    upright.thumbnail(LOGO_PIXELS)
    return _webp(upright)


def _upright(file: "File[Any]") -> Image.Image:
    """A picture as it is looked at. It will be drawn anew, so nothing else of the file, such as a place, is kept."""
    try:
        with Image.open(file, formats=FORMATS) as picture:
            # Asked before it is decoded, for a small file may hold a huge picture.
            if picture.width * picture.height > LARGEST_PIXELS:
                raise NotAPicture(picture.size)
            return ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAPicture from error


def _webp(picture: Image.Image) -> "ContentFile[bytes]":
    out = BytesIO()
    picture.save(out, "WEBP", quality=82)
    return ContentFile(out.getvalue(), name="picture.webp")
