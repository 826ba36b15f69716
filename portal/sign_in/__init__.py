"""From an unknown visitor to a session, and back: password, code, sign-out, lifetimes."""
