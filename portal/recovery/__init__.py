"""The ways back in: a forgotten User ID, a forgotten password by link or by typed code."""
