"""T-15, the template that asks a number whether it is the right one: once, and on the way of every other message."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from consent.number_checks import PAYLOADS, TEMPLATE, NumberCheck
from consent.wording import moment_values, practice_in_scope
from messaging.actions import send_number_check
from messaging.models import Channel, Conversation, Message, Template
from patients.models import Contact
from practices.models import Member
from practices.refusal import Refusal

Json = dict[str, Any]


def ask_for_proof(contact: Contact, agreed_at: datetime, by: Member | None) -> NumberCheck:
    """Queue T-15 for this contact, in the caller's transaction, which holds the contact. Says why where it cannot be.

    `agreed_at` is the day the message names.
    """
    earlier = _last(contact)
    if earlier and earlier.state != Message.State.CANCELLED:
        return _standing(earlier)
    channel = Channel.objects.order_by("created_at").first()
    if channel is None:
        return _not_asked(_("Ihre Praxis hat noch keine WhatsApp-Nummer."))
    template = _template(channel, contact.language)
    if template is None:
        return _not_asked(_("Die Vorlage „%(name)s“ ist bei WhatsApp nicht freigegeben.") % {"name": TEMPLATE})
    conversation, _is_new = Conversation.objects.get_or_create(channel=channel, contact=contact)
    try:
        return _standing(_send(conversation, template, agreed_at, by))
    except Refusal as refusal:
        return _not_asked(refusal.for_person, conversation)


def standing_of(contact: Contact) -> NumberCheck | None:
    """What became of T-15 to this contact; None if it was never asked."""
    last = _last(contact)
    return _standing(last) if last else None


def _last(contact: Contact) -> Message | None:
    checks = Message.objects.filter(contact=contact, template__name=TEMPLATE)
    found: Message | None = checks.order_by("-at", "-pk").only("state", "at", "conversation_id").first()
    return found


def _standing(message: Message) -> NumberCheck:
    if message.state in {Message.State.FAILED, Message.State.CANCELLED}:
        return _not_asked(_("Die Frage, ob die Nummer stimmt, kam nicht an."), message.conversation)
    when = moment_values(message.at, practice_in_scope())["datum"]
    words = _("Die Nummer wurde am %(date)s über WhatsApp gefragt, ob sie stimmt. Ein zweites Mal wird nicht gefragt.")
    return NumberCheck(True, words % {"date": when}, conversation_id=message.conversation_id)


def _not_asked(sentence: str, conversation: Conversation | None = None) -> NumberCheck:
    return NumberCheck(
        False,
        sentence,
        _("Die Person schreibt der Praxis selbst eine WhatsApp-Nachricht und tippt dann auf „Ja, bestätigen“."),
        conversation.pk if conversation else None,
    )


# ── the template ──


def _template(channel: Channel, language: str) -> Template | None:
    """The approved one in the person's language, else in German; with a button for each of our answers."""
    approved = Template.objects.filter(channel=channel, name=TEMPLATE, status="approved")
    usable = {one.language.partition("_")[0]: one for one in approved if len(_replies(one)) == len(PAYLOADS)}
    return usable.get(language) or usable.get("de")


def _send(conversation: Conversation, template: Template, agreed_at: datetime, by: Member | None) -> Message:
    practice = practice_in_scope()
    values = [moment_values(agreed_at, practice)["datum"], practice.name_nominative]
    rendered = str(_component(template, "BODY").get("text") or "")
    for number, value in enumerate(values, start=1):
        rendered = rendered.replace(f"{{{{{number}}}}}", value)
    parameters = [{"type": "text", "text": value} for value in values]
    components = [{"type": "body", "parameters": parameters}, *map(_reply, _replies(template), PAYLOADS)]
    return send_number_check(
        conversation=conversation, template=template, rendered=rendered, components=components, by=by
    )


def _replies(template: Template) -> list[int]:
    """The places of the quick replies among the template's buttons."""
    buttons: list[Json] = _component(template, "BUTTONS").get("buttons") or []
    return [place for place, button in enumerate(buttons) if button.get("type") == "QUICK_REPLY"]


def _reply(place: int, payload: str) -> Json:
    parameters = [{"type": "payload", "payload": payload}]
    return {"type": "button", "sub_type": "quick_reply", "index": str(place), "parameters": parameters}


def _component(template: Template, kind: str) -> Json:
    return next((one for one in template.components if str(one.get("type", "")).upper() == kind), {})
