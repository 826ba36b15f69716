"""Sending an application in: it is decided at once, and an approved one opens the account."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from portal.financing import decisions, ledger
from portal.financing.models import Application, CreditAccount, Patient

# What an application and the record of a patient have in common.
PERSON = ("first_name", "last_name", "birth_date")
CONTACT = ("email", "phone", "street", "city", "state", "postcode")


@transaction.atomic
def submit(application: Application, now: datetime) -> Application:
    """Decides on ``application``, which must be complete; one sent in before stays as it is."""
    application = Application.objects.select_for_update().get(pk=application.pk)
    if application.status != Application.Status.DRAFT:
        return application
    decision = _decision(application)
    application.status, application.reason = decision.status, decision.reason
    application.consented_at = application.submitted_at = now
    if decision.status != Application.Status.PENDING:
        application.decided_at = now
    if decision.status == Application.Status.APPROVED:
        application.account = _open_account(application, decision, now)
    application.save()
    return application


def _decision(application: Application) -> decisions.Decision:
    owed = Decimal(0)
    if application.existing_patient:
        accounts = application.existing_patient.accounts.all()
        # It may have fallen behind since the application was begun.
        if late := next((a for a in accounts if a.status == CreditAccount.Status.PAST_DUE), None):
            return decisions.Decision(
                Application.Status.DECLINED, f"Payments on account {late.number} are past due"
            )
        owed = sum((account.balance for account in accounts), Decimal(0))
    return decisions.decide(
        application.yearly_income, application.yearly_housing, application.amount, owed
    )


def _open_account(
    application: Application, decision: decisions.Decision, now: datetime
) -> CreditAccount:
    """An account of the patient that there is, else of a new one."""
    patient = application.existing_patient
    if patient is None:
        number = ledger.new_reference(application.practice, "PT")
        patient = Patient.objects.create(
            practice=application.practice,
            number=number,
            **{name: getattr(application, name) for name in (*PERSON, *CONTACT)},
        )
        account_number = number.replace("PT-", "AC-", 1)
    else:
        # What the patient confirmed for the application is newer than the record.
        contact = {name: getattr(application, name) for name in CONTACT}
        Patient.objects.filter(pk=patient.pk).update(**contact)
        account_number = ledger.new_reference(application.practice, "AC")
    return CreditAccount.objects.create(
        practice=application.practice,
        patient=patient,
        number=account_number,
        credit_limit=decision.limit,
        opened_on=now.date(),
    )
