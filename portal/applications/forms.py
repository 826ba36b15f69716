"""The steps' forms. Error texts name the field and say what to do."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.utils import timezone

from portal.financing.decisions import HIGHEST_LIMIT
from portal.financing.fields import STATES, MoneyField, PhoneField
from portal.financing.models import Application

_OFF = {"autocomplete": "off"}  # a browser must not offer one patient's details for another


class StepForm(forms.ModelForm):
    """A step of the application; ``partial`` leaves out what is required."""

    def __init__(self, *arguments: Any, partial: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if partial:
            for field in self.fields.values():
                field.required = False


def _text(label: str, name: str, most: int, **options: Any) -> forms.CharField:
    options.setdefault("widget", forms.TextInput(attrs=_OFF))
    return forms.CharField(
        label=label,
        max_length=most,
        error_messages={
            "required": f"Enter {name}",
            "max_length": f"{label} must be {most} characters or fewer",
        },
        **options,
    )


class PatientForm(StepForm):
    """Who applies: typed for a new patient, and shown as it is on record for an existing one."""

    first_name = _text("First name", "the patient’s first name", 60)
    last_name = _text("Last name", "the patient’s last name", 60)
    birth_date = forms.DateField(
        label="Date of birth",
        error_messages={
            "required": "Enter the patient’s date of birth",
            "invalid": "Date of birth must be a real date, like 03/27/1984",
        },
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **_OFF}),
        help_text="As on the patient’s ID, like 03/27/1984",
    )

    class Meta:
        model = Application
        fields = ("first_name", "last_name", "birth_date")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.instance.existing_patient_id:
            for field in self.fields.values():
                field.disabled = True  # whatever is posted, the record's value counts

    def clean_birth_date(self) -> date | None:
        born = self.cleaned_data["birth_date"]
        today = timezone.now().date()
        if born and not 1900 <= born.year <= today.year:
            raise forms.ValidationError(f"Year of birth must be from 1900 to {today.year}")
        if born and born > today - relativedelta(years=18):
            raise forms.ValidationError("The patient must be 18 or older to apply")
        return born


class ContactForm(StepForm):
    """How the patient is reached, and where the card and the statements go."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        error_messages={
            "required": "Enter the patient’s email address",
            "invalid": "Email address must look like name@example.com",
            "max_length": "Email address must be 254 characters or fewer",
        },
        widget=forms.EmailInput(attrs={**_OFF, "spellcheck": "false"}),
    )
    phone = PhoneField(
        label="Phone number",
        max_length=40,
        error_messages={
            "required": "Enter the patient’s phone number",
            "max_length": "Phone number must have 10 digits, with the area code",
        },
        widget=forms.TextInput(attrs={"type": "tel", **_OFF}),
        help_text="With the area code, like (202) 555-0143",
    )
    street = _text("Street address", "the street address", 120)
    city = _text("City", "the city", 80)
    state = forms.ChoiceField(
        label="State",
        choices=[("", "Choose a state"), *((state, state) for state in STATES)],
        error_messages={
            "required": "Choose a state",
            "invalid_choice": "Choose a state from the list",
        },
    )
    postcode = _text(
        "ZIP code",
        "the ZIP code",
        10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", **_OFF}),
    )

    class Meta:
        model = Application
        fields = ("email", "phone", "street", "city", "state", "postcode")

    def clean_postcode(self) -> str:
        code = self.cleaned_data["postcode"]
        if code and not re.fullmatch(r"[0-9]{5}(-[0-9]{4})?", code):
            raise forms.ValidationError("ZIP code must be 5 digits, like 28801")
        return code


class IncomeForm(StepForm):
    """What the decision goes by: portal.financing.decisions."""

    yearly_income = MoneyField(
        name="the yearly income",
        least=0,
        most=9_999_999,
        label="Yearly income, before tax",
        help_text="From all sources, in US dollars",
    )
    yearly_housing = MoneyField(
        name="the yearly housing costs",
        least=0,
        most=9_999_999,
        label="Yearly housing costs",
        help_text="Rent or mortgage, in US dollars. Enter 0 if there are none",
    )

    class Meta:
        model = Application
        fields = ("yearly_income", "yearly_housing")


class TreatmentForm(StepForm):
    """What the credit is for, and how much of it is asked for."""

    treatment = _text("Treatment", "the treatment", 80)
    amount = MoneyField(
        name="the amount",
        least=200,
        most=int(HIGHEST_LIMIT),
        label="Amount to finance",
        help_text=f"From $200 to ${HIGHEST_LIMIT:,}",
    )

    class Meta:
        model = Application
        fields = ("treatment", "amount")


class ConsentForm(forms.Form):
    """The last step: nothing is typed any more."""

    consent = forms.BooleanField(
        label="The patient has read the disclosures and agrees to a credit check",
        error_messages={"required": "Confirm that the patient agrees to a credit check"},
    )
