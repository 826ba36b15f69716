"""Form fields for what people type about money, telephones and places."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms

_CODES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV"
    " NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
)
STATES = tuple(_CODES.split())


class MoneyField(forms.CharField):
    """US dollars, with or without the sign and the commas; becomes a ``Decimal``."""

    def __init__(self, *, name: str, least: int, most: int, **options: Any) -> None:
        self.name, self.least, self.most = name, Decimal(least), Decimal(most)
        options.setdefault(
            "error_messages",
            {
                "required": f"Enter {name}",
                "max_length": f"{self._sentence()} must be an amount in dollars, like 1,250.00",
            },
        )
        options.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        )
        super().__init__(max_length=40, empty_value="", **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        text = re.sub(r"[$,\s]", "", super().clean(value))
        if not text:
            if self.required:
                raise forms.ValidationError(self.error_messages["required"])
            return None
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", text):
            raise forms.ValidationError(
                f"{self._sentence()} must be an amount in dollars, like 1,250.00"
            )
        amount = Decimal(text)
        if not self.least <= amount <= self.most:
            raise forms.ValidationError(
                f"{self._sentence()} must be from ${self.least:,} to ${self.most:,}"
            )
        return amount

    def _sentence(self) -> str:
        return self.name[0].upper() + self.name[1:]


class PhoneField(forms.CharField):
    """A telephone number of the North American plan, written "(202) 555-0143"."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        digits = re.sub(r"[\s().+-]", "", text)
        number = digits.removeprefix("1") if len(digits) == 11 else digits
        if not re.fullmatch(r"[2-9][0-9]{9}", number, re.ASCII):
            raise forms.ValidationError(
                "Phone number must have 10 digits, with the area code, like (202) 555-0143"
            )
        return f"({number[:3]}) {number[3:6]}-{number[6:]}"
