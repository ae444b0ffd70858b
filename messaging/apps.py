from django.apps import AppConfig
from django.utils.translation import gettext_lazy


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
        from messaging.inbox import access_section, document_panel, panel_sections, team_tasks  # noqa: PLC0415
        from messaging.merging import FILES, MESSAGES  # noqa: PLC0415
        from messaging.number_checks import ask_for_proof, standing_of  # noqa: PLC0415
        from messaging.renewals import ask_anew, ways_to  # noqa: PLC0415
        from messaging.teamwork.assigning import release_all  # noqa: PLC0415
        from messaging.withdrawal import cancel_queued_messages, tell_in_chat  # noqa: PLC0415
        from patients.forgetting import on_forgetting  # noqa: PLC0415
        from patients.merging import merge_steps  # noqa: PLC0415
        from practices.actions import on_member_left  # noqa: PLC0415

        access_section.register()
        number_checks.register(ask=ask_for_proof, standing=standing_of)
        correspondence.register(
            correspondence.Correspondence(written.sent_by_month, written.last_sent, written.possible_withdrawals)
        )
        on_withdrawal(cancel_queued_messages)
        on_settled(tell_in_chat)
        on_forgetting(forget_chat)
        on_member_left(release_all)
        panel_sections.register(
            title=team_tasks.TITLE, template="messaging/team/_panel_tasks.html", section=team_tasks.panel_section
        )
        merge_steps.extend((MESSAGES, FILES))
        on_renewal(ask_anew, ways_to)
        whatsapp_link(digits_of)
        panel_sections.register(
            title=gettext_lazy("Dokumente"),
            template="messaging/documents/_section.html",
            section=document_panel.section,
        )
