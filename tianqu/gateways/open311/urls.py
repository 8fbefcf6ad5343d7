"""Addresses below ``/open311/v2/``, in XML and in JSON."""

from __future__ import annotations

from django.urls import path, re_path

from tianqu.gateways.open311 import views

urlpatterns = [
    path("discovery.<str:form>", views.discovery, name="open311_discovery"),
    path("services.<str:form>", views.services, name="open311_services"),
    path("services/<str:code>.<str:form>", views.service_definition, name="open311_service"),
    path("requests.<str:form>", views.requests, name="open311_requests"),
    path("requests/<str:code>.<str:form>", views.request_one, name="open311_request"),
    path("tokens/<str:token>.<str:form>", views.token, name="open311_token"),
    path("servicerequestupdates.<str:form>", views.updates, name="open311_updates"),
    re_path(r"^(?P<rest>.*)\Z", views.nothing, name="open311_nothing"),
]
