"""What holds for every test."""

from __future__ import annotations

import signal

from hypothesis import settings

# How long an example takes says more of the machine than of the code: speed is for bench/.
settings.register_profile("portalwatch", deadline=None)
settings.load_profile("portalwatch")

# A shell lets what it runs in the background ignore Ctrl-C, and so would all that tests start:
# what they interrupt would go on.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
