"""What is typed to prove a second factor, or to change it."""

from __future__ import annotations

import re

from django import forms

from portal.accounts.models import Provider
from portal.second_factor import backup

_CODE_INPUT = {"autocomplete": "one-time-code", "spellcheck": "false", "class": "code"}


class CodeForm(forms.Form):
    """Six digits, with whatever spaces came along when they were pasted."""

    code = forms.CharField(
        label="6-digit code",
        max_length=32,
        error_messages={
            "required": "Enter the 6-digit code",
            "max_length": "The code must be 6 digits",
        },
        widget=forms.TextInput(attrs={**_CODE_INPUT, "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        code = re.sub(r"\s", "", self.cleaned_data["code"])
        if not re.fullmatch(r"[0-9]{6}", code):
            raise forms.ValidationError("The code must be 6 digits")
        return code


class SignInCodeForm(CodeForm):
    """Six digits at sign-in."""

    trust = forms.BooleanField(required=False)


class BackupCodeForm(forms.Form):
    """One of the codes that were written down, however it was written."""

    code = forms.CharField(
        label="Backup code",
        max_length=64,
        error_messages={
            "required": "Enter one of your backup codes",
            "max_length": "A backup code has 10 letters and digits",
        },
        widget=forms.TextInput(
            attrs={**_CODE_INPUT, "autocapitalize": "none", "class": "code backup-code"}
        ),
    )
    trust = forms.BooleanField(required=False)

    def clean_code(self) -> str:
        code = re.sub(r"[\s\-\u2010-\u2015]", "", self.cleaned_data["code"]).lower()
        if len(code) != backup.LENGTH or not set(code) <= set(backup.ALPHABET):
            raise forms.ValidationError("A backup code has 10 letters and digits")
        return code


class PasswordAgainForm(forms.Form):
    """The password of who is signed in: a session left open must not change how one signs in.

    OWASP ASVS 5.0.0, 7.5.1.
    """

    password = forms.CharField(
        label="Current password",
        max_length=256,
        strip=False,
        error_messages={
            "required": "Enter your current password",
            "max_length": "Password must be 256 characters or fewer",
        },
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def is_of(self, provider: Provider) -> bool:
        """True for the right password."""
        return provider.check_password(self.cleaned_data["password"])
