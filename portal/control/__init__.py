"""The control API: faults, accounts and the seeded state, for those who test against the portal.

It exists only where PORTAL_CONTROL_TOKEN is set, and asks for that token.
"""
