"""Videos that a browser takes for what its camera sees: still pictures of QR codes."""

from collections.abc import Iterator
from pathlib import Path

import segno
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 640, 480
FRAMES = 2
QUIET_MODULES = 4
WHITE, BLACK, GREY = b"\xeb", b"\x10", b"\x80"
"""Luma of the two, and the chroma of neither."""


def of_codes(*texts: str, to: Path, blur: int = 0) -> Path:
    """Write a YUV4MPEG2 video of these codes beside each other, on white; the file's name.

    `blur`, in pixels, is how far out of focus they are.
    """
    each = WIDTH // max(len(texts), 1)
    pictures = [list(_rows(text, each)) for text in texts]
    luma = b"".join(b"".join(picture[y] for picture in pictures).ljust(WIDTH, WHITE) for y in range(HEIGHT))
    luma = Image.frombytes("L", (WIDTH, HEIGHT), luma).filter(ImageFilter.GaussianBlur(blur)).tobytes()
    chroma = GREY * (WIDTH * HEIGHT // 2)
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    to.write_bytes(header + (b"FRAME\n" + luma + chroma) * FRAMES)
    return to


def _rows(text: str, width: int) -> Iterator[bytes]:
    """The rows of pixels of one code, in the middle of its part of the picture."""
    matrix = segno.make_qr(text, error="m").matrix
    scale = min(width, HEIGHT) // (len(matrix) + 2 * QUIET_MODULES)
    above = (HEIGHT - len(matrix) * scale) // 2
    for y in range(HEIGHT):
        at = (y - above) // scale
        modules = matrix[at] if 0 <= at < len(matrix) else ()
        yield b"".join((BLACK if module else WHITE) * scale for module in modules).center(width, WHITE)
