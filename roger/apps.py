import gc

from django.apps import AppConfig


class RogerConfig(AppConfig):
    name = "roger"

    def ready(self) -> None:
        from roger import celery, checks  # noqa: F401, PLC0415  registers the checks; the web publishes to this app

        celery.app.set_default()
        gc.freeze()  # what was imported stays as long as the process: no collection need look through it again
