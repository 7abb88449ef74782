"""How forms look and the fields that Groat's forms share."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Self, override

import django.forms
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.forms.renderers import DjangoTemplates
from django.template.backends.django import DjangoTemplates as Backend
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from groat.web import money, pictures
from groat.web.swatches import SWATCHES

_OURS = Path(__file__).resolve().parent / "templates"
_DJANGOS = Path(django.forms.__file__).resolve().parent / "templates"


class Renderer(DjangoTemplates):
    """Renders `{{ form }}` and `{{ form.field.as_field_group }}` with our templates, widgets with ours or Django's."""

    form_template_name = "web/forms/form.html"
    field_template_name = "web/forms/field.html"

    @cached_property
    def engine(self) -> Backend:
        """An engine of its own, so that Django's widgets are found without installing django.forms."""
        builtins = ["django.templatetags.i18n", "django.templatetags.static", "groat.web.tags"]
        return Backend(
            {"NAME": "groatforms", "DIRS": [_OURS, _DJANGOS], "APP_DIRS": False, "OPTIONS": {"builtins": builtins}}
        )


class MinorInput(forms.TextInput):
    """A text field for an amount, with its unit behind it. What was typed stays as it was typed."""

    template_name = "web/forms/minor.html"

    def __init__(self, *, decimals: int, unit: str, may_be_negative: bool = False) -> None:
        # Telephones show no minus on their decimal keyboard.
        mode = "text" if may_be_negative else "decimal" if decimals else "numeric"
        super().__init__(attrs={"inputmode": mode, "autocomplete": "off", "spellcheck": "false"})
        self.decimals = decimals
        self.unit = unit

    @override
    def format_value(self, value: Any) -> str | None:
        if isinstance(value, int):
            return money.format_number(value, decimals=self.decimals, language=get_language() or "en")
        return None if value is None else str(value)

    @override
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"unit": self.unit}


class MinorField(forms.Field):
    """An amount of money: a person types "12,50", the form's data holds 1250 minor units."""

    default_error_messages = {
        "invalid": _("Enter an amount such as %(example)s."),
        "decimals": ngettext_lazy(
            "At most %(decimals)s digit may follow the decimal sign.",
            "At most %(decimals)s digits may follow the decimal sign.",
            "decimals",
        ),
        "ambiguous": _("This could be two amounts. Write %(thousands)s or %(decimals)s."),
        "whole": _("Enter a whole number, without decimals."),
        "too_large": _("This amount is too large."),
        "min_minor": _("Enter at least %(limit)s."),
        "max_minor": _("Enter at most %(limit)s."),
    }

    def __init__(
        self, *, decimals: int, unit: str = "", min_minor: int | None = 0, max_minor: int | None = None, **options: Any
    ) -> None:
        self.decimals, self.unit = decimals, unit
        self.min_minor, self.max_minor = min_minor, max_minor
        negative = min_minor is None or min_minor < 0
        options.setdefault("widget", MinorInput(decimals=decimals, unit=unit, may_be_negative=negative))
        super().__init__(**options)

    @classmethod
    def of_credits(cls, programme: money.Denomination, **options: Any) -> Self:
        """An amount of the programme's credits."""
        return cls(decimals=programme.credit_decimals, unit=programme.credit_name, **options)

    @classmethod
    def of_currency(cls, programme: money.Denomination, **options: Any) -> Self:
        """An amount of the programme's currency."""
        unit = money.currency_symbol(programme.currency, language=get_language() or "en")
        return cls(decimals=money.currency_decimals(programme.currency), unit=unit, **options)

    @override
    def to_python(self, value: Any) -> int | None:
        text = "" if value is None else str(value).strip()
        if not text:
            return None
        try:
            return money.parse_minor(text, decimals=self.decimals, language=get_language() or "en", unit=self.unit)
        except money.TooManyDecimals as error:
            code = "decimals" if self.decimals else "whole"
            raise ValidationError(self.error_messages[code], code=code, params={"decimals": self.decimals}) from error
        except money.Ambiguous as error:
            readings = {
                "thousands": self._shown(error.as_thousands_minor),
                "decimals": self._shown(error.as_decimals_minor),
            }
            raise ValidationError(self.error_messages["ambiguous"], code="ambiguous", params=readings) from error
        except money.TooLarge as error:
            raise ValidationError(self.error_messages["too_large"], code="too_large") from error
        except money.NotAnAmount as error:
            example = self._shown(125 * 10**self.decimals // 10)
            raise ValidationError(
                self.error_messages["invalid"], code="invalid", params={"example": example}
            ) from error

    @override
    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if self.min_minor is not None and value < self.min_minor:
            self._refuse("min_minor", self.min_minor)
        if self.max_minor is not None and value > self.max_minor:
            self._refuse("max_minor", self.max_minor)

    def _refuse(self, code: str, limit_minor: int) -> None:
        raise ValidationError(self.error_messages[code], code=code, params={"limit": self._shown(limit_minor)})

    def _shown(self, amount_minor: int) -> str:
        number = money.format_number(amount_minor, decimals=self.decimals, language=get_language() or "en")
        return f"{number}\N{NO-BREAK SPACE}{self.unit}" if self.unit else number


def shown_rate(rate: int) -> str:
    """A rate in basis points, as the current language writes it: 12.5 %."""
    return f"{_rate_typed(rate)}\N{NO-BREAK SPACE}%"


def _rate_typed(rate: int) -> str:
    decimals = 0 if rate % 100 == 0 else 1 if rate % 10 == 0 else 2
    return money.format_number(rate // 10 ** (2 - decimals), decimals=decimals, language=get_language() or "en")


class RateInput(MinorInput):
    """A text field for a per cent, which offers the usual ones."""

    template_name = "web/forms/rate.html"

    def __init__(self, *, usual: Sequence[int]) -> None:
        super().__init__(decimals=2, unit="%")
        self.usual = usual

    @override
    def format_value(self, value: Any) -> str | None:
        return _rate_typed(value) if isinstance(value, int) else super().format_value(value)

    @override
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        return context | {"usual": [_rate_typed(rate) for rate in self.usual]}


class RateField(MinorField):
    """A per cent of 0 to 100: a person types "12,5" or "12.5 %", the form's data holds 1250 basis points."""

    def __init__(self, *, usual: Sequence[int] = (), **options: Any) -> None:
        super().__init__(decimals=2, unit="%", max_minor=10_000, widget=RateInput(usual=usual), **options)


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self, *, earliest: date | None = None, latest: date | None = None) -> None:
        limits = {"min": earliest, "max": latest}
        super().__init__(
            attrs={name: day.isoformat() for name, day in limits.items() if day is not None}, format="%Y-%m-%d"
        )


_SWATCH_NAMES: dict[str, str | Promise] = {
    "clay": _("Clay"),
    "honey": _("Honey"),
    "moss": _("Moss"),
    "fern": _("Fern"),
    "sea": _("Sea"),
    "sky": _("Sky"),
    "iris": _("Iris"),
    "plum": _("Plum"),
    "rose": _("Rose"),
    "stone": _("Stone"),
}


class SwatchInput(forms.RadioSelect):
    """A row of coloured discs to choose one from."""

    template_name = "web/forms/swatches.html"


class SwatchField(forms.ChoiceField):
    """One of the named colours in groat.web.swatches."""

    widget = SwatchInput

    def __init__(self, *, may_be_none: bool = False, **options: Any) -> None:
        options.setdefault("label", _("Colour"))
        none = [("", _("None"))] if may_be_none else []
        super().__init__(choices=[*none, *((name, _SWATCH_NAMES[name]) for name in SWATCHES)], **options)


class PictureField(forms.FileField):
    """A picture from anywhere; the cleaned value is what `make` makes of it."""

    default_error_messages = {
        "not_a_picture": _("This is no picture that can be shown. Choose a JPEG, PNG, WebP or GIF file."),
        "too_large": _("This picture is too large: at most %(megabytes)s MB."),
    }

    def __init__(
        self, *, make: Callable[["File[Any]"], "ContentFile[bytes]"] = pictures.shrunk, **options: Any
    ) -> None:
        options.setdefault("widget", forms.FileInput(attrs={"accept": "image/*"}))
        super().__init__(**options)
        self.make = make

    @override
    def clean(self, data: Any, initial: Any = None) -> "ContentFile[bytes] | None":
        """The picture, made small; None when none was chosen."""
        file = super().clean(data, initial)
        if not file:
            return None
        if file.size > pictures.LARGEST_BYTES:
            megabytes = pictures.LARGEST_BYTES // 1024**2
            raise forms.ValidationError(
                self.error_messages["too_large"], code="too_large", params={"megabytes": megabytes}
            )
        try:
            return self.make(file)
        except pictures.NotAPicture as error:
            raise forms.ValidationError(self.error_messages["not_a_picture"], code="not_a_picture") from error
