from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from consent.doors import whatsapp_link  # noqa: PLC0415
        from consent.effects import on_withdrawal  # noqa: PLC0415
        from consent.renewals import on_renewal  # noqa: PLC0415
        from messaging import tasks  # noqa: F401, PLC0415  the web process must know the tasks' names
        from messaging.channels import digits_of  # noqa: PLC0415
        from messaging.renewals import ask_anew, ways_to  # noqa: PLC0415
        from messaging.withdrawal import cancel_queued_messages  # noqa: PLC0415

        on_withdrawal(cancel_queued_messages)
        on_renewal(ask_anew, ways_to)
        whatsapp_link(digits_of)
