"""Help for providers: telephone hours, written requests with a number, and a live chat."""
