"""The pages about a practice's patients. Another practice's number is a page not found."""

from __future__ import annotations

from datetime import date

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.documents import download
from portal.financing.models import CreditAccount, Transaction
from portal.paging import page_of
from portal.patients import records, statements
from portal.patients import statement_pdf as pdf
from portal.patients.forms import NoteForm, SearchForm

_NEWEST = 8  # of the transactions and payments on the account's page
_PLANS = 6
_NOTES = 50
_STATEMENTS = 6  # months


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Patients by name, account number, phone or birth date; all of them at first."""
    practice = request.user.practice
    form = SearchForm(request.GET)
    page, text = None, ""
    if form.is_valid():
        text = form.cleaned_data["q"]
        found = records.search(practice, text, form.born)
        page = page_of(found, found.count(), request)
        prefetch_related_objects(page.rows, "accounts")
    return render(request, "patients/search.html", {"form": form, "text": text, "page": page})


@require_safe
def account(request: HttpRequest, number: str) -> HttpResponse:
    """All about one account."""
    return _account_page(request, _account(request, number), NoteForm())


def add_note(request: HttpRequest, number: str) -> HttpResponse:
    """Writes a note, then goes back to the account's notes."""
    found = _account(request, number)
    page = reverse("patients:account", args=[found.number])
    if request.method != "POST":
        return redirect(page)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _account_page(request, found, form)
    records.write_note(found, form.cleaned_data["text"], request.user, timezone.now())
    return redirect(f"{page}#notes")


@require_safe
def history(request: HttpRequest, number: str) -> HttpResponse:
    """Everything that was posted on an account, or one kind of it."""
    found = _account(request, number)
    rows = found.transactions.all()
    kind = request.GET.get("kind", "")
    if kind in Transaction.Kind.values:
        rows = rows.filter(kind=kind)
    else:
        kind = ""
    context = {
        "account": found,
        "page": page_of(rows, rows.count(), request),
        "kind": kind,
        "kinds": [("", "All"), *((k.value, f"{k.label}s") for k in Transaction.Kind)],
    }
    return render(request, "patients/history.html", context)


@require_safe
def statement_list(request: HttpRequest, number: str) -> HttpResponse:
    """Every statement since the account was opened."""
    found = _account(request, number)
    since, today = statements.first_month(found), _today()
    context = {"account": found, "statements": statements.statements(found, since, today)}
    return render(request, "patients/statement_list.html", context)


@require_safe
def statement(request: HttpRequest, number: str, month: date) -> HttpResponse:
    """One statement as a page."""
    found = _account(request, number)
    context = {"account": found, "statement": _statement(found, month)}
    return render(request, "patients/statement.html", context)


@require_safe
def statement_pdf(request: HttpRequest, number: str, month: date) -> HttpResponse:
    """The same statement as a PDF."""
    found = _account(request, number)
    content = pdf.content(found, _statement(found, month), timezone.now())
    return download.pdf(content, f"statement-{found.number}-{month:%Y-%m}.pdf")


def _account(request: HttpRequest, number: str) -> CreditAccount:
    accounts = request.user.practice.credit_accounts.select_related("patient", "practice")
    return get_object_or_404(accounts, number=number)


def _statement(found: CreditAccount, month: date) -> statements.Statement:
    if not statements.first_month(found) <= month <= _today():
        raise Http404("no statement of that month")
    return statements.statements(found, month, _today())[-1]


def _account_page(request: HttpRequest, found: CreditAccount, form: NoteForm) -> HttpResponse:
    today = _today()
    since = statements.months_before(today, _STATEMENTS - 1)
    plans, plan_count = records.plans(found, _PLANS)
    context = {
        "account": found,
        "patient": found.patient,
        "other_accounts": found.patient.accounts.exclude(pk=found.pk),
        "due": records.due(found, today),
        "plans": plans,
        "plans_more": plan_count - len(plans),
        "transactions": found.transactions.all()[:_NEWEST],
        "payments": found.transactions.filter(kind=Transaction.Kind.PAYMENT)[:_NEWEST],
        "statements": statements.statements(found, since, today),
        "notes": found.notes.select_related("author")[:_NOTES],
        "note_count": found.notes.count(),
        "form": form,
    }
    return render(request, "patients/account.html", context)


def _today() -> date:
    return timezone.now().date()
