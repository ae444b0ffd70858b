from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from consent import correspondence, number_checks  # noqa: PLC0415
        from consent.doors import whatsapp_link  # noqa: PLC0415
        from consent.effects import on_settled, on_withdrawal  # noqa: PLC0415
        from consent.renewals import on_renewal  # noqa: PLC0415
        from messaging import correspondence as written  # noqa: PLC0415
        from messaging import tasks  # noqa: F401, PLC0415  the web process must know the tasks' names
        from messaging.channels import digits_of  # noqa: PLC0415
        from messaging.forgetting import forget_chat  # noqa: PLC0415
        from messaging.inbox import access_section  # noqa: PLC0415
        from messaging.number_checks import ask_for_proof, standing_of  # noqa: PLC0415
        from messaging.renewals import ask_anew, ways_to  # noqa: PLC0415
        from messaging.withdrawal import cancel_queued_messages, tell_in_chat  # noqa: PLC0415
        from patients.forgetting import on_forgetting  # noqa: PLC0415

        access_section.register()
        number_checks.register(ask=ask_for_proof, standing=standing_of)
        correspondence.register(
            correspondence.Correspondence(written.sent_by_month, written.last_sent, written.possible_withdrawals)
        )
        on_withdrawal(cancel_queued_messages)
        on_settled(tell_in_chat)
        on_forgetting(forget_chat)
        on_renewal(ask_anew, ways_to)
        whatsapp_link(digits_of)
