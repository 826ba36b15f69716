"""What is typed on the way in. Error texts name the field and say what to do."""

from __future__ import annotations

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

    remember = forms.BooleanField(
        label="Remember me on this device",
        required=False,
        widget=forms.CheckboxInput(attrs={"aria-describedby": "id_remember_hint"}),
    )

    def clean_user_id(self) -> str:
        """User IDs are kept in lower case; phones like to begin with a capital."""
        return self.cleaned_data["user_id"].lower()
