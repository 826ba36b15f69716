"""What the portal is about: patients' applications for credit, and what they pay back."""
