from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "tianqu.web"
    label = "web"
