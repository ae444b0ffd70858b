from django.apps import AppConfig


class RogerConfig(AppConfig):
    name = "roger"

    def ready(self) -> None:
        from roger import checks  # noqa: F401, PLC0415  (registers them)
