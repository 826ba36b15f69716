"""The payment plans explained, and what a sale would cost on each."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.financing import ledger
from portal.financing.terms import BY_CODE, TERMS, offered
from portal.transactions.forms import CalculatorForm


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The terms; with an amount in the address, also the schedules of its instalments."""
    form = CalculatorForm(request.GET if "amount" in request.GET else None)
    context: dict[str, object] = {"form": form, "terms": TERMS}
    if form.is_valid():
        amount = form.cleaned_data["amount"]
        plans = offered(amount)
        chosen = BY_CODE.get(request.GET.get("plan", ""), plans[0])
        if chosen not in plans:
            chosen = plans[0]
        context |= {
            "amount": amount,
            "offers": [
                {
                    "terms": terms,
                    "monthly": terms.instalments(amount)[0],
                    "total": terms.total(amount),
                    "interest": terms.total(amount) - amount,
                }
                for terms in plans
            ],
            "chosen": chosen,
            "schedule": ledger.schedule(chosen, amount, timezone.now().date()),
        }
    return render(request, "transactions/plans.html", context)
