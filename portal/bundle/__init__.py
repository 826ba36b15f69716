"""What the portal brings along where no mail server and no SMS gateway is named.

Real ones, on free ports of this machine: mail goes over SMTP into a maildir, texts over HTTP
to a gateway that keeps them; an inbox shows both to people. They end with the portal.
"""
