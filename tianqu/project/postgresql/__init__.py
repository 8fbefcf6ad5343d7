"""Django's PostgreSQL backend, but for one thing: how a kept connection is found to be alive still."""
