"""The peer: django-helpdesk, in a virtual environment of its own, on the same PostgreSQL server."""
