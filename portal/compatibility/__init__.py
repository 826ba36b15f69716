"""Which browsers the portal is made for, and what it tells the others before they sign in."""
