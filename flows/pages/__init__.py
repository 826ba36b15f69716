"""Every locator, path and text of the portal: what a redesign of it touches, and nothing else.

A module for each part of the portal; all of their names are names of ``pages``.
"""

# ruff: noqa: F403
from flows.pages.codes import *
from flows.pages.common import *
from flows.pages.financing import *
from flows.pages.inside import *
from flows.pages.patients import *
from flows.pages.public import *
from flows.pages.recovery import *
from flows.pages.reports import *
from flows.pages.resources import *
from flows.pages.says import PORTAL_SAYS as PORTAL_SAYS
from flows.pages.sign_in import *
from flows.pages.support import *
