"""The order of the steps, and how far an application has come."""

from __future__ import annotations

from dataclasses import dataclass

from django.forms.models import model_to_dict

from portal.applications import forms
from portal.financing.models import Application


@dataclass(frozen=True, slots=True)
class Step:
    """A page of the form; the one without fields is the review."""

    slug: str
    title: str
    form: type[forms.StepForm] | None

    def is_complete(self, application: Application) -> bool:
        """True if what was saved passes the step's own form."""
        if self.form is None:
            return False
        return self.form(model_to_dict(application, self.form.Meta.fields)).is_valid()


STEPS = (
    Step("patient", "Patient", forms.PatientForm),
    Step("contact", "Contact", forms.ContactForm),
    Step("income", "Income", forms.IncomeForm),
    Step("treatment", "Treatment and amount", forms.TreatmentForm),
    Step("review", "Review and consent", None),
)
FIRST, REVIEW = STEPS[0], STEPS[-1]
BY_SLUG = {step.slug: step for step in STEPS}


def next_open(application: Application) -> Step:
    """The first step that is not complete: no later one can be opened."""
    return next(step for step in STEPS if not step.is_complete(application))


def after(step: Step) -> Step:
    """The step that follows; there is one after each but the review."""
    return STEPS[STEPS.index(step) + 1]


def before(step: Step) -> Step | None:
    """The step to go back to; None from the first."""
    index = STEPS.index(step)
    return STEPS[index - 1] if index else None


def answers(application: Application) -> list[object]:
    """What was filled in, in the order of the steps."""
    names = [name for step in STEPS if step.form for name in step.form.Meta.fields]
    return [getattr(application, name) for name in names]
