"""What is searched for in the questions."""

from __future__ import annotations

from django import forms


class SearchForm(forms.Form):
    """One box."""

    q = forms.CharField(
        label="Search the questions",
        max_length=100,
        required=False,
        error_messages={
            "max_length": "Search for 100 characters or fewer",
            "null_characters_not_allowed": "Search for letters and numbers only",
        },
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
