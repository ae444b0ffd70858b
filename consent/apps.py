from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        from consent import tasks  # noqa: F401, PLC0415  the web process must know the tasks' names
        from consent.guardians import end_with_guardianship  # noqa: PLC0415
        from consent.merging import CONSENTS  # noqa: PLC0415
        from patients.guardianship import on_guardianship_ended  # noqa: PLC0415
        from patients.merging import merge_steps  # noqa: PLC0415

        on_guardianship_ended(end_with_guardianship)
        merge_steps.append(CONSENTS)
