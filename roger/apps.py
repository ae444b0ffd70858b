import gc

from django.apps import AppConfig


class RogerConfig(AppConfig):
    name = "roger"

    def ready(self) -> None:
        from roger import celery, checks, failures  # noqa: F401, PLC0415  registers checks and signal; the web publishes

        celery.app.set_default()
        gc.freeze()  # what was imported stays as long as the process: no collection need look through it again
