"""The range that is asked for. Error texts say what to do."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta
from django import forms

from portal.reports.ranges import MOST_YEARS, Range


class _DayField(forms.DateField):
    """A day, as a browser's own control sends it or as it is typed where there is none."""

    def __init__(self, label: str, which: str) -> None:
        how = f"Enter the {which} day of the report like 04/27/2026"
        super().__init__(
            label=label,
            input_formats=["%Y-%m-%d", "%m/%d/%Y"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            error_messages={"required": how, "invalid": how},
        )


class RangeForm(forms.Form):
    """A range of one's own."""

    first = _DayField("From", "first")
    last = _DayField("To", "last")

    def __init__(self, data: object, today: date) -> None:
        super().__init__(data)
        self.today = today
        for field in self.fields.values():
            field.widget.attrs["max"] = today.isoformat()

    def clean(self) -> dict[str, date]:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        for name, day in (("first", first), ("last", last)):
            if day and day > self.today:
                self.add_error(name, f"Choose a day up to today, {self.today:%m/%d/%Y}")
        if self.errors or not (first and last):
            return self.cleaned_data
        if first > last:
            self.add_error("last", "Choose a last day that is not before the first day")
        elif first + relativedelta(years=MOST_YEARS) < last:
            self.add_error("first", f"Choose a range of {MOST_YEARS} years at most")
        return self.cleaned_data

    def range(self) -> Range:
        """What was asked for, once it is valid."""
        return Range(self.cleaned_data["first"], self.cleaned_data["last"])
