"""How people are asked to agree anew (C-06): in the chat while its window is open, else by a template, else not from
here: they are asked when they write next, and stand in the practice's list until then.

Everything goes through messaging/actions.py, so the gate decides, and its no is the answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from consent.gate import DOUBT_PAUSES_AFTER, PROMPT_PAUSE, WINDOW_MARGIN, ChannelState, Consent, Kind
from consent.models import ConsentState, ConsentText
from consent.purposes import Purpose
from consent.renewal_words import CHANGED, CHOOSE_AGAIN
from consent.renewals import Reached
from consent.wording import chat_prompt, current_text, name_purposes, optin_url, practice_in_scope
from messaging.actions import send_automatic, send_template
from messaging.models import Conversation, Message, Template
from messaging.whom import must_choose
from patients.models import Contact, PatientContact
from practices.models import StrangerReply
from practices.refusal import Refusal

TEMPLATE = "einwilligung_erneuern"
LONGEST_QUESTION = 1024  # letters of a message with buttons (WhatsApp)
PLACEHOLDER = re.compile(r"{{\s*(\d+)\s*}}")


def ways_to(about: Mapping[UUID, frozenset[Purpose]]) -> dict[UUID, Reached]:
    """How each of these people could be asked now about these purposes, by the rules of the gate that can be foreseen
    for many at once. Six queries."""
    practice, now = practice_in_scope(), timezone.now()
    if practice.live_since is None or practice.data_transfer_stopped or settings.DPF_INVALID:
        return dict.fromkeys(about, Reached.DESK)
    known = _known(set(about), now)
    asks_strangers = practice.stranger_reply != StrangerReply.NOTHING
    ways = dict.fromkeys(about, Reached.DESK)
    for person in known:
        if Purpose.ORGANISATION in about[person.pk]:
            if asks_strangers and person.is_window_open and not person.was_prompted:
                ways[person.pk] = Reached.CHAT
        elif person.may_be_written_to:
            ways[person.pk] = person.best_way
    return ways


@dataclass(frozen=True)
class _Person:
    """What decides whether somebody can be asked.

    was_prompted       within the pause between two questions (C-10)
    may_be_written_to  by messages of the practice: `organisation` is granted and they name no patient
    """

    pk: UUID
    is_window_open: bool
    has_template: bool
    was_prompted: bool
    may_be_written_to: bool

    @property
    def best_way(self) -> Reached:
        if self.is_window_open:
            return Reached.CHAT
        return Reached.TEMPLATE if self.has_template else Reached.DESK


def _known(contacts: set[UUID], now: datetime) -> list[_Person]:
    """Those who are not blocked and have a thread that can send."""
    threads: dict[UUID, list[Conversation]] = {}
    connected = Conversation.objects.filter(contact__in=contacts, contact__blocked_at=None)
    for thread in connected.filter(channel__state=ChannelState.CONNECTED).select_related("contact"):
        threads.setdefault(thread.contact_id, []).append(thread)
    agreed, shared = _with_organisation(contacts), _on_shared_phones(contacts)
    with_template = set(_templates().values_list("channel_id", flat=True))
    return [
        _Person(
            pk=pk,
            is_window_open=any(_is_open(thread, now) for thread in found),
            has_template=any(thread.channel_id in with_template for thread in found),
            was_prompted=_was_prompted(found[0].contact, now),
            may_be_written_to=pk in agreed
            and pk not in shared
            and found[0].contact.identity_changed_at is None
            and not any(_is_doubtful(thread, now) for thread in found),
        )
        for pk, found in threads.items()
    ]


def _is_open(thread: Conversation, now: datetime) -> bool:
    return thread.window_open_until is not None and now < thread.window_open_until - WINDOW_MARGIN


def _is_doubtful(thread: Conversation, now: datetime) -> bool:
    since = thread.possible_withdrawal_at
    return since is not None and now >= since + DOUBT_PAUSES_AFTER


def _was_prompted(contact: Contact, now: datetime) -> bool:
    last = contact.opt_in_prompted_at
    return last is not None and now < last + PROMPT_PAUSE


def _with_organisation(contacts: set[UUID]) -> set[UUID]:
    granted = ConsentState.objects.filter(patient=None, purpose=Purpose.ORGANISATION, state=Consent.GRANTED)
    return set(granted.filter(contact__in=contacts).values_list("contact_id", flat=True))


def _on_shared_phones(contacts: set[UUID]) -> set[UUID]:
    """Where every message has to name its patient (C-22), which the question does not."""
    links: dict[UUID, list[PatientContact]] = {}
    for link in PatientContact.objects.filter(contact__in=contacts):
        links.setdefault(link.contact_id, []).append(link)
    return {pk for pk, found in links.items() if must_choose(found)}


def ask_anew(contact: Contact, purposes: frozenset[Purpose]) -> Reached:
    """Ask one person, whose row the caller holds, about these purposes; DESK if nothing may go to them now."""
    threads = Conversation.objects.select_related("channel", "contact").filter(contact=contact)
    conversation = threads.order_by(F("last_inbound_at").desc(nulls_last=True), "-pk").first()
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
