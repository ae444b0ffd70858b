from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from messaging import tasks  # noqa: F401, PLC0415  the web process must know the tasks' names
