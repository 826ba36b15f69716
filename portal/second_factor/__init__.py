"""One-time codes as a second factor, over django-otp."""
