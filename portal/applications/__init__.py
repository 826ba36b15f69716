"""Applications for credit: filled in step by step, decided at once, and listed."""
