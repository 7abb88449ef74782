"""A slip on a sheet of A4 and in plain text."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.utils import translation
from pypdf import PdfReader

from groat.web import slips
from groat.web.slips import Line, Part, Slip

NOW = datetime(2026, 3, 14, 9, 30, 0, 123_456, tzinfo=UTC)
RECEIPT = Slip(
    issuer="Přístav",
    place="Kavárna · Pult",
    title="Účtenka",
    facts=("14. března 2026 10:30",),
    parts=(
        Part("", (Line("Žluťoučký kůň", "90,00 Kč", detail="2 × 45,00 Kč"), Line("Celkem", "90,00 Kč", tone="sum"))),
        Part("Vráceno", (Line("dnes", "45,00 Kč", tone="soft"),)),
    ),
    notes=("Bez cibule",),
    number="0195-abc",
)


def read(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_a_pdf_says_all_that_the_slip_says() -> None:
    assert read(slips.pdf(RECEIPT, at=NOW)).splitlines() == [
        "Přístav",
        "Kavárna · Pult",
        "Účtenka",
        "14. března 2026 10:30",
        "Žluťoučký kůň",
        "2 × 45,00 Kč",
        "90,00 Kč",
        "Celkem 90,00 Kč",
        "Vráceno",
        "dnes 45,00 Kč",
        "Bez cibule",
        "0195-abc",
        "Přístav · Účtenka 1 / 1",
    ]


def test_a_pdf_is_good_to_file_on_a4_and_the_same_each_time_with_its_font_inside() -> None:
    with translation.override("cs"):
        made = slips.pdf(RECEIPT, at=NOW)
        assert slips.pdf(RECEIPT, at=NOW) == made
    found = PdfReader(BytesIO(made))
    (page,) = found.pages
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
    assert found.metadata is not None
    assert (found.metadata.title, found.metadata.author) == ("Účtenka · Přístav", "Přístav")
    assert found.metadata.creation_date == NOW.replace(microsecond=0)
    assert {font["/BaseFont"].partition("+")[2] for font in fonts} == {"SourceSans3-Regular", "SourceSans3-SemiBold"}
    assert found.trailer["/Root"]["/Lang"] == "cs"  # type: ignore[index]
    xmp = found.xmp_metadata
    assert xmp is not None
    told = xmp.rdf_root.toxml()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in told


@pytest.mark.parametrize(
    "name",
    [
        '#read("/etc/passwd")',
        '#include "slip.typ"',
        "$x^2$ *b* _i_ `c` <l> @r",
        "\\ ] } ) // /* ",
        '#panic("no")',
        "= 1",
    ],
)
def test_what_looks_like_markup_is_printed_as_it_is(name: str) -> None:
    said = replace(RECEIPT, title=name, notes=(name,), number="", parts=(Part(name, (Line(name, name, detail=name),)),))
    lines = [line.strip() for line in read(slips.pdf(said, at=NOW)).splitlines()]
    assert lines.count(name.strip()) + 2 * lines.count(f"{name.strip()} {name.strip()}") >= 5


@pytest.mark.parametrize("name", ["🍕 Pizza", "咖啡", "a\x07b", "\ue000"])
def test_a_sign_that_the_font_lacks_stops_no_report(name: str) -> None:
    made = read(slips.pdf(replace(RECEIPT, notes=(name,)), at=NOW))
    assert "Žluťoučký kůň" in made


def test_a_long_slip_goes_on_on_further_pages() -> None:
    lines = tuple(Line(f"Product {i}", "1,00 Kč") for i in range(90))
    found = PdfReader(BytesIO(slips.pdf(replace(RECEIPT, parts=(Part("", lines),)), at=NOW)))
    assert len(found.pages) == 3
    assert "Product 89" in found.pages[2].extract_text()


def test_a_letter_says_it_in_plain_text() -> None:
    assert slips.text(RECEIPT) == (
        "Přístav\nKavárna · Pult\n\nÚčtenka\n14. března 2026 10:30\n\n"
        "Žluťoučký kůň                     90,00 Kč\n  2 × 45,00 Kč\n"
        "Celkem                            90,00 Kč\n\n"
        "Vráceno\ndnes                              45,00 Kč\n\nBez cibule\n\n0195-abc"
    )


def test_what_is_too_long_for_a_line_is_not_cut() -> None:
    long = replace(RECEIPT, parts=(Part("", (Line("M" * 60, "1,00 Kč"),)),), notes=(), number="")
    assert slips.text(long).splitlines()[-1] == "M" * 60 + "  1,00 Kč"
