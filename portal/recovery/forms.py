"""What is typed to get back in. Error texts name the field and say what to do."""

from __future__ import annotations

from django import forms

from portal.accounts.models import Provider
from portal.recovery import password_rules
from portal.recovery.models import RecoveryRequest

Kind = RecoveryRequest.Kind


class UserIdForm(forms.Form):
    """The email address whose User IDs are asked for."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        error_messages={
            "required": "Enter your email address",
            "invalid": "Enter an email address in the form name@example.com",
            "max_length": "Email address must be 254 characters or fewer",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class PasswordRequestForm(forms.Form):
    """Whose password is forgotten, and how the way back in is to be sent."""

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
    by = forms.ChoiceField(
        label="How do you want to set a new password?",
        choices=((Kind.LINK.value, "Email me a link"), (Kind.CODE.value, "Email me a code")),
        initial=Kind.LINK.value,
        error_messages={
            "required": "Choose a link or a code",
            "invalid_choice": "Choose a link or a code",
        },
        widget=forms.RadioSelect,
    )

    def clean_user_id(self) -> str:
        return self.cleaned_data["user_id"].lower()


class NewPasswordForm(forms.Form):
    """The new password, once: it can be shown, so it need not be typed twice."""

    password = forms.CharField(
        label="New password",
        strip=False,
        max_length=password_rules.LONGEST,
        error_messages={
            "required": "Enter a new password",
            "max_length": f"Password must be {password_rules.LONGEST} characters or fewer",
        },
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, provider: Provider, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._provider = provider
        self.fields["password"].help_text = (
            f"At least {password_rules.shortest(provider)} characters. Any characters, spaces"
            " too: several words together are easy to remember."
        )

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if found := password_rules.problems(password, self._provider):
            raise forms.ValidationError(found)
        if self._provider.password_expired and self._provider.check_password(password):
            raise forms.ValidationError("Choose a password other than the one that has expired")
        return password
