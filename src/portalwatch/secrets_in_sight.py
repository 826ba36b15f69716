"""Where on a page a secret can be seen, so that a screenshot covers it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Frame, Locator

from portalwatch.secret_forms import SecretForms

# Fields that hold secrets by their nature, whatever stands in them.
ALWAYS_COVERED = (
    "input[type=password], input[autocomplete*=password], input[autocomplete=one-time-code]"
)
# For videos, which show every moment. By script, for a portal's policy may forbid styles.
HIDE_IN_VIDEOS = f"""(() => {{
  const hidden = new CSSStyleSheet();
  hidden.replaceSync(':is({ALWAYS_COVERED}) {{ color: transparent !important; }}');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, hidden];
}})()"""
_FIELDS = "input, textarea, select"
# What is shown, also inside of components; and what the fields hold, in their order.
_READ = """() => {
  const texts = [document.body ? document.body.innerText : ''];
  const enter = root => root.querySelectorAll('*').forEach(element => {
    if (!element.shadowRoot) return;
    texts.push(element.shadowRoot.textContent);
    enter(element.shadowRoot);
  });
  enter(document);
  return texts.join('\\n');
}"""
_VALUES = "fields => fields.map(field => String(field.value))"


class CannotBeCovered(Exception):
    """A secret is in sight, and the element that shows it cannot be found."""


def covers(frame: Frame, forms: SecretForms) -> Iterator[Locator]:
    """What of ``frame`` a screenshot must not show. Raises ``CannotBeCovered``.

    No secret is handed to the page: it is asked what it shows, and told at most what that was.
    """
    yield frame.locator(ALWAYS_COVERED)
    fields = frame.locator(_FIELDS)
    values: list[Any] = fields.evaluate_all(_VALUES)
    for number, value in enumerate(values):
        if forms.in_text(str(value)):
            yield fields.nth(number)
    text = str(frame.evaluate(_READ))
    for shown in sorted({text[start:end] for start, end in forms.in_text(text)}):
        element = frame.get_by_text(shown)
        if not element.count():
            raise CannotBeCovered
        yield element
