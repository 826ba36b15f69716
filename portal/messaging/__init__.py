"""What leaves the portal for its people: mail over SMTP, and texts over an HTTP gateway."""
