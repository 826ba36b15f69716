"""Troubles on command: what a monitor of this portal has to notice. None is on by default."""
