from django.apps import AppConfig


class RogerConfig(AppConfig):
    name = "roger"
