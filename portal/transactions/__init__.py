"""Sales, refunds and payments: listed, looked at, and posted."""
