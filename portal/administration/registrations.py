"""What stands in the administration."""

from __future__ import annotations

from datetime import datetime

from axes.models import AccessAttempt
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.accounts.models import Practice, Provider
from portal.administration.site import site
from portal.administration.widgets import NAMED_DATE_TIMES
from portal.faults.catalogue import CATALOGUE, BadParameters
from portal.faults.models import ActiveFault, changed
from portal.sign_in import lockout
from portal.status.models import Incident, MaintenanceWindow
from portal.support.models import Conversation, Ticket


@admin.register(Provider, site=site)
class ProviderAdmin(admin.ModelAdmin):
    """Accounts: suspensions, expired passwords, locks, sessions. They are not made here."""

    list_display = ("user_id", "name", "practice", "standing", "password_expired", "locked_until")
    list_filter = ("standing", "password_expired", "is_staff")
    list_select_related = ("practice",)
    search_fields = ("user_id", "name", "email", "practice__name")
    ordering = ("user_id",)
    fields = (
        ("user_id", "practice"),
        ("name", "email", "phone"),
        ("standing", "password_expired"),
        "is_staff",
        ("locked_until", "last_login"),
    )
    readonly_fields = ("user_id", "practice", "locked_until", "last_login")
    actions = ("suspend", "activate", "unlock", "end_sessions")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return False

    @admin.display(description="Locked until")
    def locked_until(self, provider: Provider) -> datetime | str | None:
        lock = lockout.lock_of(provider.user_id)
        if lock is None:
            return None
        return "a new password is set" if lock.until_recovery else lock.until

    @admin.action(description="Suspend")
    def suspend(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        self._set_standing(request, providers, Provider.Standing.SUSPENDED)

    @admin.action(description="Make active")
    def activate(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        self._set_standing(request, providers, Provider.Standing.ACTIVE)

    @admin.action(description="Lift the lock")
    def unlock(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        for provider in providers:
            lockout.unlock(provider.user_id)
        self._tell(request, providers.count(), "unlocked")

    @admin.action(description="End all sessions")
    def end_sessions(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        for provider in providers:
            provider.end_sessions()
        self._tell(request, providers.count(), "signed out everywhere")

    def save_model(
        self, request: HttpRequest, obj: Provider, form: forms.ModelForm, change: bool
    ) -> None:
        """A suspended account is out at once, wherever it is signed in."""
        super().save_model(request, obj, form, change)
        if "standing" in form.changed_data and obj.standing != Provider.Standing.ACTIVE:
            obj.end_sessions()

    def _set_standing(
        self, request: HttpRequest, providers: QuerySet[Provider], standing: Provider.Standing
    ) -> None:
        for provider in providers:
            provider.standing = standing
            provider.save(update_fields=["standing"])
            if standing != Provider.Standing.ACTIVE:
                provider.end_sessions()
        self._tell(request, providers.count(), f"now {standing}")

    def _tell(self, request: HttpRequest, number: int, what: str) -> None:
        accounts = "account is" if number == 1 else "accounts are"
        self.message_user(request, f"{number} {accounts} {what}.", messages.SUCCESS)


@admin.register(Practice, site=site)
class PracticeAdmin(admin.ModelAdmin):
    """Practices; one is not deleted with all its patients by a click."""

    list_display = ("name", "specialty", "city", "merchant_number")
    search_fields = ("name", "city", "merchant_number")
    readonly_fields = ("merchant_number",)
    ordering = ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Practice | None = None) -> bool:
        return False


class FaultForm(forms.ModelForm):
    """A fault of the catalogue with parameters that it has."""

    name = forms.ChoiceField(choices=[(f.name, f"{f.name}: {f.line}") for f in CATALOGUE.values()])

    def clean(self) -> dict[str, object]:
        cleaned = super().clean()
        parameters = cleaned.get("parameters") or {}
        if not isinstance(parameters, dict):
            raise ValidationError({"parameters": 'Enter a JSON object, such as {"seconds": 2}'})
        if fault := CATALOGUE.get(cleaned.get("name", "")):
            try:
                cleaned["parameters"] = fault.completed(parameters)
            except BadParameters as error:
                raise ValidationError({"parameters": str(error)}) from error
        return cleaned


@admin.register(ActiveFault, site=site)
class ActiveFaultAdmin(admin.ModelAdmin):
    """Faults: to add one is to turn it on, to delete it to turn it off."""

    formfield_overrides = NAMED_DATE_TIMES
    form = FaultForm
    list_display = ("name", "path", "account", "browser", "probability", "expires_at")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ActiveFault]) -> None:
        super().delete_queryset(request, queryset)
        changed()


class LookedAt(admin.ModelAdmin):
    """Records that are read here, and changed nowhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(AccessAttempt, site=site)
class LockAdmin(LookedAt):
    """Failed sign-ins by User ID: see portal.sign_in.lockout. To delete one lifts the lock."""

    list_display = ("username", "failures_since_start", "in_a_row", "attempt_time")
    list_select_related = ("failed_tries",)
    search_fields = ("username",)
    fields = ("username", "failures_since_start", "in_a_row", "attempt_time", "path_info")
    readonly_fields = ("in_a_row",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessAttempt]:
        # What nobody is called may be a password that was typed one field too early.
        accounts = Provider.objects.values("user_id")
        return super().get_queryset(request).filter(username__in=accounts)

    @admin.display(description="In a row, over all locks")
    def in_a_row(self, attempt: AccessAttempt) -> int:
        return attempt.failed_tries.in_a_row


@admin.register(Ticket, site=site)
class TicketAdmin(LookedAt):
    """Requests to support."""

    list_display = ("number", "topic", "subject", "provider", "created_at", "mailed")
    list_filter = ("topic", "mailed")
    list_select_related = ("provider",)
    search_fields = ("number", "subject", "provider__user_id")


@admin.register(Conversation, site=site)
class ConversationAdmin(LookedAt):
    """Chats."""

    list_display = ("number", "provider", "started_at", "ended_at")
    list_select_related = ("provider",)
    search_fields = ("number", "provider__user_id")


@admin.register(MaintenanceWindow, site=site)
class MaintenanceWindowAdmin(admin.ModelAdmin):
    """Maintenance: an end that is entered opens the portal again."""

    formfield_overrides = NAMED_DATE_TIMES
    list_display = ("starts_at", "planned_end", "ended_at", "message")


@admin.register(Incident, site=site)
class IncidentAdmin(admin.ModelAdmin):
    """What is told on the status page."""

    formfield_overrides = NAMED_DATE_TIMES
