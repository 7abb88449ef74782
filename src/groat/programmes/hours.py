"""Hours of the week as people type and read them."""

from collections.abc import Sequence
from datetime import time
from typing import Any, override

from django import forms
from django.utils import formats
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from groat.programmes import weeks
from groat.programmes.weeks import Range, Week

MOST_ROWS = 12


class TimeInput(forms.TimeInput):
    """The browser's own clock."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class HoursForm(forms.Form):
    """Days that have the same hours. Without a day it is none."""

    days = forms.TypedMultipleChoiceField(
        label=_("Days"),
        coerce=int,
        choices=[(day, WEEKDAYS_ABBR[day]) for day in range(7)],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    start = forms.TimeField(label=_("From"), required=False, widget=TimeInput)
    end = forms.TimeField(label=_("To"), required=False, widget=TimeInput)

    @override
    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("days") and "start" not in self.errors and "end" not in self.errors:
            for name in ("start", "end"):
                if typed.get(name) is None:
                    self.add_error(name, _("Enter a time, such as 08:00."))
        elif typed.get("start") or typed.get("end"):
            self.add_error("days", _("Choose the days."))
        return typed


HoursForms = forms.formset_factory(HoursForm, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True)


def initial(week: Week, *, blank: int = 2) -> list[dict[str, Any]]:
    """The rows that a form begins with, and as many without anything."""
    rows = [
        {"days": list(days), "start": _time(start), "end": _time(end)}
        for days, times in weeks.grouped(week)
        for start, end in times
    ]
    return [*rows, *({} for _row in range(blank))]


def typed(rows: Any) -> list[Range]:
    """The hours of valid rows."""
    return [
        one
        for row in rows
        if row.cleaned_data.get("days")
        for day in row.cleaned_data["days"]
        for one in weeks.spans(day, _minute(row.cleaned_data["start"]), _minute(row.cleaned_data["end"]))
    ]


def when(week: Week) -> str:
    """The hours in the current language: Mon–Fri 08:00–12:00, Sat 09:00–11:00."""
    return ", ".join(f"{_days(days)} {_times(times)}" for days, times in weeks.grouped(week))


def _days(days: Sequence[int]) -> str:
    """The days, those in a row joined: Mon–Fri, Sun."""
    if len(days) == 7:
        return _now("daily")
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(_run(run) for run in runs)


def _run(run: list[int]) -> str:
    first, last = str(WEEKDAYS_ABBR[run[0]]), str(WEEKDAYS_ABBR[run[-1]])
    if len(run) == 1:
        return first
    return f"{first}, {last}" if len(run) == 2 else f"{first}–{last}"


def _times(times: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in times)


def _clock(minute: int) -> str:
    return str(formats.time_format(_time(minute), "H:i")) if minute < weeks.DAY_MINUTES else "24:00"


def _time(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
