"""What the people who run the portal see and change: Django's admin, behind our own sign-in."""
