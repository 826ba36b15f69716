"""The agent in the chat: a script, so that every run of a test hears the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portal.brand import BRAND

NAME = "Jamie"
GOODBYE = "Thank you for chatting with us. Have a good day!"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent says; with ``ends`` the conversation is over."""

    text: str
    ends: bool = False


_HOURS = "; ".join(f"{days}: {hours}" for days, hours in BRAND.hours)
# Tried in this order: who asks for a person, or takes leave, means that above all.
_SCRIPT = (
    (
        r"human|person|representative|somebody|someone|speak to|talk to|call me",
        Reply(
            f"Of course. A specialist is at {BRAND.phone} during opening hours, or send us"
            " a request with the form on this page and we answer within one business day."
        ),
    ),
    (
        r"bye|goodbye|that is all|that's all|no thanks|no thank you|nothing else",
        Reply(GOODBYE, True),
    ),
    (r"hours?|open|closed?|when", Reply(f"Provider support is open {_HOURS}.")),
    (
        r"refunds?|refunded|return",
        Reply(
            "To refund a sale, open it under Transactions and choose the refund. The patient’s"
            " balance changes at once. Is there anything else I can help with?"
        ),
    ),
    (
        r"applications?|apply|applied|approv\w*|declin\w*|pending",
        Reply(
            "Most applications are decided at once. A pending one is reviewed within one"
            " business day, and you see its state under Applications. Is there anything else"
            " I can help with?"
        ),
    ),
    (
        r"payments?|pay|paid|funds?|deposit|instal\w*",
        Reply(
            "Payments that we receive are on the patient’s account page under Patients, with"
            " the instalments that are still due. Is there anything else I can help with?"
        ),
    ),
    (r"thanks?|thank you", Reply("You are welcome. Is there anything else I can help with?")),
)
_ELSE = Reply(
    "I am not sure that I understood. You can ask me about opening hours, applications,"
    " payments or refunds, or ask for a person."
)


def greeting(name: str) -> str:
    """What the agent begins with."""
    return (
        f"Hello {name}, this is {NAME} of provider support. How can I help you today?"
        " You can ask about opening hours, applications, payments or refunds."
    )


def reply(text: str) -> Reply:
    """The agent's answer to what a provider wrote."""
    said = text.lower().replace("’", "'")
    return next((found for words, found in _SCRIPT if re.search(rf"\b(?:{words})\b", said)), _ELSE)
