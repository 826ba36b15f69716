"""A sale on an account: the account, what was sold, the plan, and a last look before it counts."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portal import form_key, paging, seen
from portal.financing import ledger
from portal.financing.models import Transaction
from portal.financing.terms import offered
from portal.transactions import listing
from portal.transactions.forms import AccountSearchForm, PlanForm, SaleForm
from portal.transactions.models import SaleDraft

_KEPT = timedelta(days=1)  # that a draft is there for


@require_safe
def choose_account(request: HttpRequest) -> HttpResponse:
    """Finds the account that the sale is made on."""
    form = AccountSearchForm(request.GET if "q" in request.GET else None)
    context = {"form": form}
    if form.is_valid():
        found = listing.accounts(request.user.practice, form.cleaned_data["q"])
        rows = found.order_by("patient__last_name", "patient__first_name", "pk")
        context["page"] = paging.page_of(rows, rows.count(), request, related=("patient",))
    return render(request, "transactions/choose_account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, number: str) -> HttpResponse:
    """Amount and description of a sale that is not there yet."""
    accounts = request.user.practice.credit_accounts.select_related("patient")
    account = get_object_or_404(accounts, number=number)
    form = SaleForm(_posted(request), available=account.available)
    key = form_key.of(request) or uuid.uuid4()
    if form.is_valid():
        now = timezone.now()
        SaleDraft.objects.filter(created_at__lt=now - _KEPT).delete()
        # The same form sent again leads to the same draft.
        draft, made = SaleDraft.objects.get_or_create(
            pk=key,
            defaults={
                "account": account,
                "created_by": request.user,
                "created_at": now,
                **form.cleaned_data,
            },
        )
        if draft.created_by_id != request.user.pk or draft.account_id != account.pk:
            raise Http404
        if not made and not _posted_sale(draft):
            SaleDraft.objects.filter(pk=draft.pk).update(**form.cleaned_data)
        return redirect("transactions:sale_plan", draft.pk)
    context = {"form": form, "account": account, "form_key": key}
    return render(request, "transactions/sale_details.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
    """Amount and description again, with what was entered."""
    sale = _draft(request, draft)
    if posted := _posted_sale(sale):
        return redirect("transactions:receipt", posted.reference)
    form = SaleForm(
        _posted(request),
        available=sale.account.available,
        initial={"amount": sale.amount, "description": sale.description},
    )
    if form.is_valid():
        SaleDraft.objects.filter(pk=sale.pk).update(**form.cleaned_data)
        return redirect("transactions:sale_plan", sale.pk)
    return render(
        request, "transactions/sale_details.html", {"form": form, "account": sale.account}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
    """The plans that the amount is enough for, with what each of them costs."""
    sale = _draft(request, draft)
    if posted := _posted_sale(sale):
        return redirect("transactions:receipt", posted.reference)
    plans = offered(sale.amount)
    form = PlanForm(_posted(request), plans=plans, initial={"plan": sale.terms})
    if form.is_valid():
        SaleDraft.objects.filter(pk=sale.pk).update(terms=form.cleaned_data["plan"])
        return redirect("transactions:sale_confirm", sale.pk)
    options = [
        {
            "terms": terms,
            "monthly": terms.instalments(sale.amount)[0],
            "total": terms.total(sale.amount),
            "radio": radio,
        }
        for terms, radio in zip(plans, form["plan"], strict=True)
    ]
    context = {"form": form, "draft": sale, "account": sale.account, "options": options}
    return render(request, "transactions/sale_plan.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, draft: uuid.UUID) -> HttpResponse:
    """A last look; confirming posts the sale, once."""
    sale = _draft(request, draft)
    if posted := _posted_sale(sale):
        return redirect("transactions:receipt", posted.reference)
    if sale.plan is None:
        return redirect("transactions:sale_plan", sale.pk)
    refusal = ""
    now = timezone.now()
    shown = (sale.amount, sale.description, sale.terms)
    if request.method == "POST" and seen.is_out_of_date(seen.marked(request), *shown):
        refusal = "The sale was changed in another tab. Check it once more before you post it"
    elif request.method == "POST":
        try:
            posted = ledger.sell(
                sale.account,
                sale.amount,
                sale.plan,
                description=sale.description,
                by=request.user,
                now=now,
                form_key=sale.pk,
            )
        except ledger.Refused as refused:
            refusal = str(refused)
        else:
            return redirect("transactions:receipt", posted.reference)
    context = {
        "draft": sale,
        "account": sale.account,
        "schedule": ledger.schedule(sale.plan, sale.amount, now.date()),
        "reason": refusal,
        "seen": seen.mark(*shown),
    }
    return render(request, "transactions/sale_confirm.html", context)


def _draft(request: HttpRequest, key: uuid.UUID) -> SaleDraft:
    """The draft of who is signed in; another one's is not there."""
    drafts = request.user.sale_drafts.select_related("account__patient", "account__practice")
    return get_object_or_404(drafts, pk=key, account__practice=request.user.practice)


def _posted_sale(draft: SaleDraft) -> Transaction | None:
    return Transaction.objects.filter(form_key=draft.pk, account=draft.account_id).first()


def _posted(request: HttpRequest) -> object:
    return request.POST if request.method == "POST" else None
