"""What a practice's financing came to over a range of days: figures, charts, exports."""
