"""Sending an application in: it is decided at once, and an approved one opens the account."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from portal.financing import decisions, ledger
from portal.financing.models import Application, CreditAccount, Patient


@transaction.atomic
def submit(application: Application, now: datetime) -> Application:
    """Decides on ``application``, which must be complete; one sent in before stays as it is."""
    application = Application.objects.select_for_update().get(pk=application.pk)
    if application.status != Application.Status.DRAFT:
        return application
    decision = decisions.decide(
        application.yearly_income, application.yearly_housing, application.amount
    )
    application.status, application.reason = decision.status, decision.reason
    application.consented_at = application.submitted_at = now
    if decision.status != Application.Status.PENDING:
        application.decided_at = now
    if decision.status == Application.Status.APPROVED:
        application.account = _open_account(application, decision, now)
    application.save()
    return application


def _open_account(
    application: Application, decision: decisions.Decision, now: datetime
) -> CreditAccount:
    number = ledger.new_reference(application.practice, "PT")
    copied = ("first_name", "last_name", "birth_date", "email", "phone", "street", "city", "state")
    patient = Patient.objects.create(
        practice=application.practice,
        number=number,
        postcode=application.postcode,
        **{name: getattr(application, name) for name in copied},
    )
    return CreditAccount.objects.create(
        practice=application.practice,
        patient=patient,
        number=number.replace("PT-", "AC-", 1),
        credit_limit=decision.limit,
        opened_on=now.date(),
    )
