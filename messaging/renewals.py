"""How people are asked to agree anew (C-06): in the chat while its window is open, else by a template, else not from
here: they are asked when they write next, and stand in the practice's list until then.

Everything goes through messaging/actions.py, so the gate decides, and its no is the answer.
"""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils import timezone

from consent.gate import WINDOW_MARGIN, Consent, Kind
from consent.models import ConsentState, ConsentText
from consent.purposes import Purpose
from consent.renewal_words import CHANGED, CHOOSE_AGAIN
from consent.renewals import Reached
from consent.wording import chat_prompt, current_text, name_purposes, optin_url, practice_in_scope
from messaging.actions import send_automatic, send_template
from messaging.models import SERVICE_WINDOW, Conversation, Message, Template
from patients.models import Contact
from practices.refusal import Refusal

TEMPLATE = "einwilligung_erneuern"
LONGEST_QUESTION = 1024  # letters of a message with buttons (WhatsApp)
PLACEHOLDER = re.compile(r"{{\s*(\d+)\s*}}")


def ways_to(people: Iterable[UUID], renews: frozenset[Purpose]) -> dict[UUID, Reached]:
    """How each of these people could be asked now, if these purposes were to be renewed besides. Three queries."""
    contacts = set(people)
    threads = Conversation.objects.filter(contact__in=contacts)
    open_since = timezone.now() - SERVICE_WINDOW + WINDOW_MARGIN
    in_window = set(threads.filter(last_inbound_at__gt=open_since).values_list("contact_id", flat=True))
    ways = dict.fromkeys(contacts, Reached.DESK) | dict.fromkeys(_within_reach(contacts, renews), Reached.TEMPLATE)
    return ways | dict.fromkeys(in_window, Reached.CHAT)


def _within_reach(contacts: set[UUID], renews: frozenset[Purpose]) -> set[UUID]:
    """Whom a template may go to: their `organisation` stays granted, and a channel of theirs has the template."""
    if Purpose.ORGANISATION in renews:
        return set()
    may = ConsentState.objects.filter(
        contact__in=contacts, patient=None, purpose=Purpose.ORGANISATION, state=Consent.GRANTED
    )
    channels = _templates().values("channel_id")
    threads = Conversation.objects.filter(contact__in=may.values("contact_id"), channel__in=channels)
    return set(threads.values_list("contact_id", flat=True))


def ask_anew(contact: Contact, purposes: frozenset[Purpose]) -> Reached:
    """Ask one person, whose row the caller holds, about these purposes; DESK if nothing may go to them now."""
    threads = Conversation.objects.select_related("channel", "contact").filter(contact=contact)
    conversation = threads.order_by("-last_inbound_at", "-pk").first()
    for way, ask in ((Reached.CHAT, _in_the_chat), (Reached.TEMPLATE, _by_template)):
        if conversation and _is_sent(conversation, purposes, ask):
            contact.opt_in_prompted_at = timezone.now()
            contact.save(update_fields=["opt_in_prompted_at"])
            return way
    return Reached.DESK


def _is_sent(conversation: Conversation, purposes: frozenset[Purpose], ask: Any) -> bool:
    try:
        return bool(ask(conversation, purposes))
    except Refusal:
        return False


def _in_the_chat(conversation: Conversation, purposes: frozenset[Purpose]) -> bool:
    """Text C renews `organisation`. Where only others are concerned, the page with all choices does."""
    language = conversation.contact.language
    if Purpose.ORGANISATION not in purposes:
        words = CHOOSE_AGAIN.get(language, CHOOSE_AGAIN["de"])
        body = words.format(purposes=name_purposes(purposes, language), url=optin_url())
        send_automatic(conversation=conversation, kind=Kind.AUTOMATIC, purpose=Purpose.ORGANISATION, body=body)
        return True
    text, prompt = current_text(ConsentText.Kind.CHAT, language), chat_prompt(language).document
    buttons = [(button.id, button.title) for button in prompt.buttons]
    whole = f"{CHANGED.get(language, CHANGED['de'])}\n\n{prompt.body}"
    body = whole if len(whole) <= LONGEST_QUESTION else prompt.body
    send_automatic(conversation=conversation, kind=Kind.OPT_IN_PROMPT, body=body, buttons=buttons, text=text)
    return True


def _by_template(conversation: Conversation, _purposes: frozenset[Purpose]) -> bool:
    """The practice's approved template of this name: {{1}} is the practice, {{2}} the page. Others are not ours."""
    template = _template_for(conversation)
    text = _body(template) if template else ""
    values = {"1": practice_in_scope().name_nominative, "2": optin_url()}
    names = sorted(set(PLACEHOLDER.findall(text)))
    if template is None or not set(names) <= set(values):
        return False
    parameters = [{"type": "text", "text": values[name]} for name in names]
    send_template(
        conversation=conversation,
        template=template,
        rendered=PLACEHOLDER.sub(lambda found: values[found[1]], text),
        components=[{"type": "body", "parameters": parameters}] if parameters else [],
        by=None,
        origin=Message.Origin.AUTOMATIC,
    )
    return True


def _templates() -> Any:
    return Template.objects.filter(name=TEMPLATE, status="approved", category=Template.Category.UTILITY)


def _template_for(conversation: Conversation) -> Template | None:
    """In the person's language, else in German."""
    of_channel = {one.language: one for one in _templates().filter(channel=conversation.channel_id)}
    return of_channel.get(conversation.contact.language) or of_channel.get("de")


def _body(template: Template) -> str:
    texts = (part.get("text") for part in template.components if str(part.get("type", "")).upper() == "BODY")
    return str(next(texts, None) or "")
