"""What is written to support. Error texts name the field and say what to do."""

from __future__ import annotations

import uuid

from django import forms

from portal.support.models import Ticket


class TicketForm(forms.Form):
    """A request in writing."""

    form_key = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid.uuid4,
        error_messages={
            "required": "Send the form once more",
            "invalid": "Send the form once more",
        },
    )
    topic = forms.ChoiceField(
        label="Topic",
        choices=[("", "Choose a topic"), *Ticket.Topic.choices],
        error_messages={
            "required": "Choose a topic",
            "invalid_choice": "Choose a topic of the list",
        },
    )
    subject = forms.CharField(
        label="Subject",
        max_length=120,
        error_messages={
            "required": "Enter a subject",
            "max_length": "Subject must be 120 characters or fewer",
        },
    )
    message = forms.CharField(
        label="Message",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={
            "required": "Enter your message",
            "max_length": "Message must be 4,000 characters or fewer",
        },
    )

    def clean_subject(self) -> str:
        """One line: it becomes a header of the mail."""
        subject = self.cleaned_data["subject"]
        if not subject.isprintable():
            raise forms.ValidationError("Subject must be one line of text")
        return subject
