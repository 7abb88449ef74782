"""Amounts as people read and type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groat.web import money

LANGUAGES = ("en", "cs", "sk")
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

amounts = st.integers(min_value=-money.LARGEST_MINOR, max_value=money.LARGEST_MINOR)
languages = st.sampled_from(LANGUAGES)
decimals = st.integers(min_value=0, max_value=4)


@given(amount_minor=amounts, decimals=decimals, language=languages)
def test_what_is_shown_can_be_typed_back(amount_minor: int, decimals: int, language: str) -> None:
    shown = money.format_number(amount_minor, decimals=decimals, language=language)
    assert money.parse_minor(shown, decimals=decimals, language=language) == amount_minor


@given(amount_minor=amounts, language=languages)
def test_what_is_shown_with_its_unit_can_be_typed_back(amount_minor: int, language: str) -> None:
    shown = money.format_credits(amount_minor, decimals=2, name="Kč", language=language, signed=True)
    assert money.parse_minor(shown, decimals=2, language=language, unit="Kč") == amount_minor


@given(text=st.text(max_size=20), decimals=decimals, language=languages)
def test_whatever_is_typed_is_an_amount_or_refused_by_name(text: str, decimals: int, language: str) -> None:
    try:
        amount_minor = money.parse_minor(text, decimals=decimals, language=language)
    except money.NotAnAmount:
        return
    assert abs(amount_minor) <= money.LARGEST_MINOR


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", f"1,250.50{NBSP}Kč"), ("cs", f"1{NBSP}250,50{NBSP}Kč"), ("sk", f"1{NBSP}250,50{NBSP}Kč")],
)
def test_credits_are_shown_as_the_language_writes_numbers(language: str, shown: str) -> None:
    assert money.format_credits(125050, decimals=2, name="Kč", language=language) == shown


def test_an_amount_always_shows_all_its_decimals() -> None:
    assert [money.format_number(amount, decimals=2, language="en") for amount in (0, 5, 50, 500)] == [
        "0.00",
        "0.05",
        "0.50",
        "5.00",
    ]


def test_whole_credits_show_no_decimal_sign() -> None:
    assert money.format_credits(1250, decimals=0, name="points", language="en") == f"1,250{NBSP}points"


def test_a_sign_is_shown_when_asked_for_and_never_on_nothing() -> None:
    shown = [money.format_number(amount, decimals=2, language="en", signed=True) for amount in (100, -100, 0)]
    assert shown == ["+1.00", f"{MINUS}1.00", "0.00"]


@pytest.mark.parametrize(
    ("currency", "language", "shown"),
    [
        ("EUR", "en", "€12.50"),
        ("EUR", "sk", f"12,50{NBSP}€"),
        ("CZK", "cs", f"12,50{NBSP}Kč"),
        ("CZK", "en", f"CZK{NBSP}12.50"),
        ("JPY", "en", "¥1,250"),
    ],
)
def test_currency_has_its_own_decimals_and_sign(currency: str, language: str, shown: str) -> None:
    assert money.format_currency(1250, currency=currency, language=language) == shown


def test_a_debt_in_currency_has_a_real_minus() -> None:
    assert money.format_currency(-1250, currency="EUR", language="en") == f"{MINUS}€12.50"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "amount_minor"),
    [
        ("12,50", 1250),
        ("12.50", 1250),
        ("12,5", 1250),
        ("12", 1200),
        (" 12 ", 1200),
        (",5", 50),
        ("1 250", 125000),
        (f"1{NBSP}250,5", 125050),
        ("1 250 000.05", 125000005),
        ("1,250.50", 125050),
        ("1.250,50", 125050),
        ("1,250,000", 125000000),
        ("-3", -300),
        (f"{MINUS}3,20", -320),
        ("+3", 300),
        ("0", 0),
        ("007", 700),
    ],
)
def test_a_comma_and_a_point_and_spaces_are_understood(text: str, amount_minor: int, language: str) -> None:
    assert money.parse_minor(text, decimals=2, language=language) == amount_minor


@pytest.mark.parametrize(
    ("text", "language", "readings"),
    [
        ("12,505", "en", (1250500, 1250)),
        ("1,250", "en", (125000, 125)),
        ("-1,250", "en", (125000, 125)),
        ("1.250", "cs", (125000, 125)),
        ("999.999", "sk", (99999900, 99999)),
    ],
)
def test_what_could_be_thousands_or_decimals_is_refused(text: str, language: str, readings: tuple[int, int]) -> None:
    with pytest.raises(money.Ambiguous) as refused:
        money.parse_minor(text, decimals=2, language=language)
    assert (refused.value.as_thousands_minor, refused.value.as_decimals_minor) == readings


def test_the_languages_decimal_sign_is_no_group() -> None:
    read = [
        money.parse_minor(text, decimals=3, language=language) for text, language in (("1.250", "en"), ("1,250", "cs"))
    ]
    assert read == [1250, 1250]
    for text, language in (("12.505", "en"), ("12,505", "cs"), ("1,250", "sk")):
        with pytest.raises(money.TooManyDecimals):
            money.parse_minor(text, decimals=2, language=language)


def test_whole_credits_may_be_grouped_as_the_language_groups() -> None:
    read = [
        money.parse_minor(text, decimals=0, language=language) for text, language in (("1,250", "en"), ("1 250", "cs"))
    ]
    assert read == [1250, 1250]
    for text, language in (("1.250", "en"), ("1.250", "cs"), ("1,250", "cs")):
        with pytest.raises(money.TooManyDecimals):
            money.parse_minor(text, decimals=0, language=language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("amount_minor", [5, 125, 1250, 125000, 1250500, 125000000])
@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
def test_an_amount_is_read_as_it_was_written(amount_minor: int, decimals: int, language: str) -> None:
    written = money.format_number(amount_minor, decimals=decimals, language=language)
    assert money.parse_minor(written, decimals=decimals, language=language) == amount_minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        ".",
        "5.",
        "abc",
        "1e3",
        "0x10",
        "12 50",
        "1 25 000",
        "1..2",
        "1,2,3",
        "1.2.3,4",
        "--1",
        "1-",
        "٣",
        "²",
        "½",
        "Kč",
        "12 Kč",
        "NaN",
        "inf",
        "1_000",
    ],
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(money.NotAnAmount):
        money.parse_minor(text, decimals=2, language="en")


@pytest.mark.parametrize(("text", "decimals"), [("12,505", 2), ("0.001", 2), ("1.0", 0), ("12.50000", 4)])
def test_decimals_that_the_unit_does_not_have_are_refused(text: str, decimals: int) -> None:
    with pytest.raises(money.TooManyDecimals) as refused:
        money.parse_minor(text, decimals=decimals, language="cs")
    assert refused.value.decimals == decimals


@pytest.mark.parametrize("text", ["10000000000000.01", "999999999999999999"])
def test_a_card_number_is_no_amount(text: str) -> None:
    with pytest.raises(money.TooLarge):
        money.parse_minor(text, decimals=2, language="en")
