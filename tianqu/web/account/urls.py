"""Addresses of accounts. Of allauth's, only what this platform uses is here: no mail addresses, no social accounts."""

from __future__ import annotations

from allauth.account import views as allauth_views
from django.urls import include, path
from django.views.generic import RedirectView

from tianqu.web.account import tokens, views

urlpatterns = [
    path("", views.account, name="account"),
    path("begin/", views.begin, name="account_begin"),
    path("post/", views.choose_post, name="account_post"),
    path("language/", views.choose_language, name="set_language"),
    path("details/", views.details, name="account_details"),
    path("notices/", RedirectView.as_view(pattern_name="notices")),
    path("accesses/", views.accesses, name="account_accesses"),
    path("tokens/", tokens.tokens, name="account_tokens"),
    path("tokens/<uuid:token_id>/revoke/", tokens.revoke, name="account_token_revoke"),
    path("login/", allauth_views.login, name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("signup/", views.sign_up, name="account_signup"),
    path("password/", views.change_password, name="account_change_password"),
    path("sessions/", include("allauth.usersessions.urls")),
    path("keys/", include("allauth.mfa.urls")),
]
