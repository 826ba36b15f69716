"""Masking of secrets in what pytest itself keeps of a check, besides its verdict."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from portalwatch.redaction import Redaction

_NAME = "portalwatch-masks"  # of the plugin


class Masks:
    """What masks the texts of the check that has run last in this process."""

    def __init__(self) -> None:
        self._redaction: Redaction | None = None

    def goes_by(self, redaction: Redaction) -> None:
        """From now on it is a check with these secrets that is told of."""
        self._redaction = redaction

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Mask what the check has warned of: it is summed up at the end of the session."""
        if self._redaction is None:
            return
        told = str(warning_message.message)
        masked = self._redaction.said(told)
        if masked != told:
            warning_message.message = masked

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self) -> object:
        """Begin with no secrets: those of the check before say nothing of this one."""
        self._redaction = None
        return (yield)


def register(config: pytest.Config) -> None:
    """Have ``config`` mask by what ``masks_of`` is told."""
    config.pluginmanager.register(Masks(), _NAME)


def masks_of(config: pytest.Config) -> Masks:
    """The masks of this process."""
    masks = config.pluginmanager.get_plugin(_NAME)
    assert isinstance(masks, Masks)
    return masks


def mask_captured(item: pytest.Item, report: pytest.TestReport) -> None:
    """Mask in ``report`` what the check of ``item`` has printed or logged."""
    seat = getattr(item, "funcargs", {}).get("journey")
    if seat is not None:
        report.sections = [(title, seat.redaction.said(text)) for title, text in report.sections]
