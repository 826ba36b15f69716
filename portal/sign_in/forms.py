"""What is typed on the way in. Error texts name the field and say what to do."""

from __future__ import annotations

import re

from django import forms


class PasswordForm(forms.Form):
    """User ID and password."""

    user_id = forms.CharField(
        label="User ID",
        max_length=64,
        error_messages={
            "required": "Enter your User ID",
            "max_length": "User ID must be 64 characters or fewer",
        },
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label="Password",
        # Bounds the work of hashing; far above the 64 that NIST SP 800-63B-4, 3.1.1.2 asks for.
        max_length=256,
        strip=False,
        error_messages={
            "required": "Enter your password",
            "max_length": "Password must be 256 characters or fewer",
        },
        # render_value is off: a password is never sent back in a page.
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_user_id(self) -> str:
        """User IDs are kept in lower case; phones like to begin with a capital."""
        return self.cleaned_data["user_id"].lower()


class CodeForm(forms.Form):
    """Six digits, with whatever spaces came along when they were pasted."""

    code = forms.CharField(
        label="6-digit code",
        max_length=32,
        error_messages={
            "required": "Enter the 6-digit code",
            "max_length": "The code must be 6 digits",
        },
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
                "class": "code",
            }
        ),
    )

    def clean_code(self) -> str:
        code = re.sub(r"\s", "", self.cleaned_data["code"])
        if not re.fullmatch(r"[0-9]{6}", code):
            raise forms.ValidationError("The code must be 6 digits")
        return code
