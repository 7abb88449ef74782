"""Pictures: of products, and logos."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from groat.web import pictures


def upload(picture: Image.Image, kind: str = "PNG", **options: object) -> "ContentFile[bytes]":
    out = BytesIO()
    picture.save(out, kind, **options)
    return ContentFile(out.getvalue(), name=f"upload.{kind.lower()}")


def test_a_picture_is_kept_as_a_small_square_of_its_middle():
    picture = Image.new("RGB", (1200, 600), "red")
    picture.paste("blue", (300, 0, 900, 600))

    with Image.open(pictures.shrunk(upload(picture))) as kept:
        assert (kept.format, kept.size) == ("WEBP", (480, 480))
        red, _, blue = (band.tobytes() for band in kept.convert("RGB").split())
        assert min(blue) > 200 > 50 > max(red)


def test_a_small_picture_is_not_blown_up():
    with Image.open(pictures.shrunk(upload(Image.new("L", (40, 30))))) as kept:
        assert kept.size == (30, 30)


def test_a_telephones_picture_stands_upright_and_forgets_where_it_was_taken():
    picture = Image.new("RGB", (100, 100), "white")
    picture.paste("black", (0, 0, 100, 50))
    exif = Image.Exif()
    exif[0x0112] = 3  # turned upside down
    exif[0x010E] = "taken at home"

    with Image.open(pictures.shrunk(upload(picture, "JPEG", exif=exif))) as kept:
        assert max(kept.convert("L").crop((0, 60, 100, 100)).tobytes()) < 40
        assert dict(kept.getexif()) == {}


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n"]
)
def test_what_is_no_picture_is_refused(content: bytes):
    with pytest.raises(pictures.NotAPicture):
        pictures.shrunk(ContentFile(content, name="x.png"))


def test_a_broken_picture_is_refused():
    whole = upload(Image.effect_noise((200, 200), 90)).read()

    with pytest.raises(pictures.NotAPicture):
        pictures.shrunk(ContentFile(whole[: len(whole) // 2], name="x.png"))


def test_a_format_that_browsers_do_not_show_is_refused():
    with pytest.raises(pictures.NotAPicture):
        pictures.shrunk(upload(Image.new("L", (8, 8)), "TIFF"))


def test_a_small_file_that_holds_a_huge_picture_is_not_opened(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pictures, "LARGEST_PIXELS", 10_000)

    with pytest.raises(pictures.NotAPicture):
        pictures.shrunk(upload(Image.new("1", (101, 100))))


def test_a_logo_keeps_its_shape_and_what_is_clear_in_it():
    drawn = Image.new("RGBA", (1280, 320), (0, 0, 0, 0))
    drawn.paste((200, 0, 0, 255), (0, 0, 640, 320))

    with Image.open(pictures.contained(upload(drawn))) as kept:
        assert (kept.format, kept.size) == ("WEBP", (640, 160))
        clear = kept.getchannel("A")
        assert (clear.getpixel((600, 80)), clear.getpixel((100, 80))) == (0, 255)
