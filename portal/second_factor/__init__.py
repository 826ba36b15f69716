"""One-time codes as a second factor: from an app, by mail, by text, or written down before."""
