"""Whether the portal can be used: maintenance, and a public page of what works."""
