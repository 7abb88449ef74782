"""Pictures of products: taken in from anywhere, kept small and plain."""

from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageOps, UnidentifiedImageError

from groat.catalogue.rules import LARGEST_PICTURE_BYTES, LARGEST_PICTURE_PIXELS, InvalidPicture, PictureTooLarge

SIDE_PIXELS = 480
"""Of the square that is kept: three times what a tile on a telephone shows."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def fit(upload: UploadedFile, *, name: str) -> ContentFile[bytes]:
    """The middle of a picture as a square WebP, drawn anew: nothing else of the upload is kept, such as where it was taken.

    Raises InvalidPicture or PictureTooLarge.
    """
    if (upload.size or 0) > LARGEST_PICTURE_BYTES:
        raise PictureTooLarge
    try:
        with Image.open(upload, formats=FORMATS) as picture:
            # Asked before it is decoded, for a small file may hold a huge picture.
            if picture.width * picture.height > LARGEST_PICTURE_PIXELS:
                raise PictureTooLarge
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidPicture from error
    side = min(SIDE_PIXELS, *upright.size)
    out = BytesIO()
    ImageOps.fit(upright, (side, side)).save(out, "WEBP", quality=82)
    return ContentFile(out.getvalue(), name=f"{name}.webp")
