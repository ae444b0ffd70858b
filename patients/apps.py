from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"

    def ready(self) -> None:
        from patients import tasks  # noqa: F401, PLC0415  the web process must know the tasks' names
