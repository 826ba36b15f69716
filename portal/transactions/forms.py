"""What is asked for on the transactions' pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from portal.financing.fields import MoneyField
from portal.financing.models import Transaction
from portal.financing.terms import Terms

SORTS = (
    ("-at", "Newest first"),
    ("at", "Oldest first"),
    ("-amount", "Highest amount first"),
    ("amount", "Lowest amount first"),
)
_YEARS = range(2000, 2101)


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        error_messages={"invalid": f"{label} must be a real date, like 03/27/2026"},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class FilterForm(forms.Form):
    """Which transactions are listed, and in which order."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=80,
        error_messages={"max_length": "Search text must be 80 characters or fewer"},
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text="Reference, patient name or account number",
    )
    kind = forms.ChoiceField(
        label="Type",
        required=False,
        choices=[("", "All types"), *Transaction.Kind.choices],
        error_messages={"invalid_choice": "Choose a type from the list"},
    )
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[("", "All statuses"), *Transaction.Status.choices],
        error_messages={"invalid_choice": "Choose a status from the list"},
    )
    # "from" is a word of the language, and so no name of an attribute.
    since = _day("From")
    until = _day("To")
    sort = forms.ChoiceField(
        label="Sort by",
        required=False,
        choices=SORTS,
        error_messages={"invalid_choice": "Choose an order from the list"},
    )

    def clean_since(self) -> date | None:
        return self._in_years("since", "From")

    def clean_until(self) -> date | None:
        return self._in_years("until", "To")

    def _in_years(self, name: str, label: str) -> date | None:
        day = self.cleaned_data[name]
        if day and day.year not in _YEARS:
            raise forms.ValidationError(f"{label} must be in a year from 2000 to 2100")
        return day

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", "To must be the same day as From or a later one")
        return self.cleaned_data

    @property
    def is_narrowed(self) -> bool:
        """True if not everything is listed."""
        return any(value for name, value in self.cleaned_data.items() if name != "sort")


class AccountSearchForm(forms.Form):
    """Whose account a sale is made on."""

    q = forms.CharField(
        label="Find the patient’s account",
        max_length=80,
        error_messages={
            "required": "Enter a patient’s name or an account number",
            "max_length": "Search text must be 80 characters or fewer",
        },
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text="By first or last name, or by account number",
    )


class SaleForm(forms.Form):
    """What was sold."""

    amount = MoneyField(name="the amount of the sale", least=200, most=25_000, label="Amount")
    description = forms.CharField(
        label="Description",
        max_length=120,
        error_messages={
            "required": "Enter what the sale is for",
            "max_length": "Description must be 120 characters or fewer",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="As it will stand on the patient’s statement, like Root canal",
    )

    def __init__(self, *arguments: Any, available: Decimal, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.available = available

    def clean_amount(self) -> Decimal:
        amount = self.cleaned_data["amount"]
        if amount > self.available:
            raise forms.ValidationError(
                f"The sale is over the available credit of ${self.available:,.2f}."
                " Enter a smaller amount"
            )
        return amount


class PlanForm(forms.Form):
    """Which of the plans that are offered the patient pays by."""

    plan = forms.ChoiceField(
        label="Payment plan",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a payment plan",
            "invalid_choice": "Choose one of the payment plans that are offered",
        },
    )

    def __init__(self, *arguments: Any, plans: tuple[Terms, ...], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["plan"].choices = [(terms.code, terms.name) for terms in plans]


class RefundForm(forms.Form):
    """How much of a sale is given back."""

    amount = MoneyField(name="the amount to refund", least=0, most=99_999, label="Amount to refund")

    def __init__(self, *arguments: Any, refundable: Decimal, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.refundable = refundable

    def clean_amount(self) -> Decimal:
        amount = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError("Enter an amount of at least $0.01")
        if amount > self.refundable:
            raise forms.ValidationError(
                f"Only ${self.refundable:,.2f} of this sale can still be refunded"
            )
        return amount


class CalculatorForm(forms.Form):
    """A sale that has not been made, to see what each plan would cost."""

    amount = MoneyField(
        name="the amount", least=200, most=25_000, label="Amount", help_text="From $200 to $25,000"
    )
