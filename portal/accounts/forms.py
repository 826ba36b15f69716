"""What is typed to change a password."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from portal.recovery import password_rules
from portal.sign_in import lockout, refusal


class ChangePasswordForm(forms.Form):
    """The current password, so that an unattended screen is not enough, and the new one.

    The new one is asked for once: it can be shown, and pasted (NIST SP 800-63B-4, 3.1.1.2).
    """

    current_password = forms.CharField(
        label="Current password",
        max_length=password_rules.LONGEST,
        strip=False,
        error_messages={
            "required": "Enter your current password",
            "max_length": f"Password must be {password_rules.LONGEST} characters or fewer",
        },
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label="New password",
        max_length=password_rules.LONGEST,
        strip=False,
        error_messages={
            "required": "Enter a new password",
            "max_length": f"Password must be {password_rules.LONGEST} characters or fewer",
        },
        widget=forms.PasswordInput(
            attrs={"autocomplete": "new-password", "aria-describedby": "id_new_password_hint"}
        ),
    )

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.POST if request.method == "POST" else None)
        self._request = request
        self._provider = request.user

    @sensitive_variables()
    def clean_current_password(self) -> str:
        """Wrong ones count on the account's lock: a session that was taken over must not
        be a way to try passwords (OWASP ASVS 5.0.0, 6.3.1).
        """
        given = self.cleaned_data["current_password"]
        is_right = self._provider.check_password(given)
        if not is_right:
            lockout.failed(self._request, self._provider.user_id)
        if lock := lockout.lock_of(self._provider.user_id):
            raise forms.ValidationError(refusal.within_session(lock))
        if not is_right:
            raise forms.ValidationError("The current password is not right")
        return given

    @sensitive_variables()
    def clean_new_password(self) -> str:
        given = self.cleaned_data["new_password"]
        if problems := password_rules.problems(given, self._provider):
            raise forms.ValidationError(problems)
        return given

    @sensitive_variables()
    def clean(self) -> None:
        current = self.cleaned_data.get("current_password")
        if current and current == self.cleaned_data.get("new_password"):
            self.add_error("new_password", "The new password must not be the current one")
