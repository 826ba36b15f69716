"""The practice's patients: search, their credit accounts, statements and notes."""
