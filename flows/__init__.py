"""Verbs on the portal. Flows do, checks claim: nothing here asserts anything."""
