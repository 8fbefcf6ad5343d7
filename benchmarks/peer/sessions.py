"""Somebody who is signed in with a peer."""

from __future__ import annotations


def session_of_new_user() -> str:
    """Make a user with all rights; return the cookies that a browser of theirs would send, its CSRF token included."""
    from django.contrib.auth import get_user_model
    from django.middleware.csrf import get_token
    from django.test import Client, RequestFactory

    user = get_user_model().objects.create_superuser("bookkeeper", "bookkeeper@example.org")
    client = Client()
    client.force_login(user)
    request = RequestFactory().get("/")
    get_token(request)
    return f"sessionid={client.cookies['sessionid'].value}; csrftoken={request.META['CSRF_COOKIE']}"
