"""The people who use the portal, the practices they work in, and their profile page."""
