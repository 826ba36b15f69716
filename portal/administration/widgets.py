"""Django's administration leaves the two fields of a date and time without a name each."""

from __future__ import annotations

from django.contrib.admin.widgets import AdminSplitDateTime
from django.db import models


class NamedDateTime(AdminSplitDateTime):
    """Date and time; what they are of is said by the legend around them (WCAG 2.2, 4.1.2)."""

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs)
        for widget, name in zip(self.widgets, ("Date", "Time"), strict=True):
            widget.attrs["aria-label"] = name


NAMED_DATE_TIMES = {models.DateTimeField: {"widget": NamedDateTime}}
