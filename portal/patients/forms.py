"""What is searched for and written down. Error texts say what to do."""

from __future__ import annotations

import re
from datetime import date, datetime

from django import forms

from portal.financing.models import Note

_NOTE_LENGTH = Note._meta.get_field("text").max_length
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


class SearchForm(forms.Form):
    """One box for whatever is at hand about a patient."""

    q = forms.CharField(
        label="Search patients",
        max_length=100,
        required=False,
        error_messages={
            "max_length": "Search for 100 characters or fewer",
            "null_characters_not_allowed": "Search for letters and numbers only",
        },
        help_text=(
            "Last or first name, account number, phone number, or birth date as MM/DD/YYYY."
        ),
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    born: date | None = None  # where a birth date is searched for

    def clean_q(self) -> str:
        text = self.cleaned_data["q"]
        if _DATE.fullmatch(text):
            self.born = _date(text)
            if self.born is None:
                raise forms.ValidationError("Enter the birth date like 04/27/1985")
        return text


def _date(text: str) -> date | None:
    for form in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


class NoteForm(forms.Form):
    """A note on an account."""

    text = forms.CharField(
        label="New note",
        error_messages={
            "required": "Write the note before you add it",
            "null_characters_not_allowed": "Write the note in letters, numbers and punctuation",
        },
        help_text="Everybody of your practice can read it. Patients cannot.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_text(self) -> str:
        # A browser sends each end of line as two characters, but counts and shows one.
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        if len(text) > _NOTE_LENGTH:
            raise forms.ValidationError(
                f"Shorten the note to {_NOTE_LENGTH:,} characters: it has {len(text):,}"
            )
        return text
