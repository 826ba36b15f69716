"""Who runs this fictional portal, and how to reach them: what every page may show."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Brand:
    """The company's names and its provider support."""

    portal: str = "Meridian Provider Portal"
    company: str = "Meridian Patient Financing"
    # 555-0100 to 555-0199 are kept for fiction in the North American numbering plan.
    phone: str = "1-800-555-0142"
    phone_uri: str = "tel:+18005550142"
    hours: tuple[tuple[str, str], ...] = (
        ("Monday to Friday", "7 a.m. – 9 p.m. CT"),
        ("Saturday", "8 a.m. – 5 p.m. CT"),
        ("Sunday", "Closed"),
    )


BRAND = Brand()


def context(request: HttpRequest) -> dict[str, Brand]:
    """Template context processor: ``brand`` on every page."""
    return {"brand": BRAND}
