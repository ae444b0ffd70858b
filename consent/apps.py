from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        from consent import tasks  # noqa: F401, PLC0415  the web process must know the tasks' names
