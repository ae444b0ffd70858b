"""The message that leads to a page of ours: it says that something lies there, and nothing of what it is (C-25).

Inside the window a sentence in the person's language, outside it the practice's approved template: T-05 for documents,
T-08 for uploads. The token of the address stands in the message and nowhere else. The gate decides as for any message.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.gate import WINDOW_MARGIN
from consent.purposes import Purpose
from messaging.actions import send_template, send_text
from messaging.documents.words import BINDING, words_in
from messaging.models import Conversation, Message, Template
from messaging.whom import links_of, must_choose
from patients.models import Patient
from practices.models import Member
from practices.refusal import Refusal

PLACEHOLDER = re.compile(r"{{\s*(\d+)\s*}}")


class Place(StrEnum):
    """Where a message leads, as its address says it."""

    DOCUMENT = "d"
    UPLOAD = "u"


TEMPLATES = {Place.DOCUMENT: "dokument_bereit", Place.UPLOAD: "unterlagen_anfordern"}  # T-05, T-08


class TemplateMissing(Refusal):
    """The window is closed, and there is no approved template that leads to our page."""

    reason = "template"

    def __init__(self) -> None:
        super().__init__(
            _("Das 24-Stunden-Fenster ist zu, und für diesen Link gibt es keine freigegebene Vorlage."),
            next_step=_("Warten Sie, bis die Person wieder schreibt, oder rufen Sie an."),
        )


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is to be said. `sentence` names the words of the chat (pages.toml), `what` is what the practice misses.

    `greeting` ("Frau Vogt") and `visit` ("07.05.2026") are asked for by the templates alone.
    """

    place: Place
    token: str
    sentence: str
    until: datetime
    patient: Patient | None
    what: str = ""
    greeting: str = ""
    visit: str = ""

    @property
    def url(self) -> str:
        return f"{settings.BASE_URL}/{self.place}/{self.token}"


def is_window_open(conversation: Conversation) -> bool:
    """Whether a sentence may go; as the gate counts it."""
    until = conversation.window_open_until
    return until is not None and timezone.now() < until - WINDOW_MARGIN


def announce(
    notice: Notice, *, conversation: Conversation, by: Member, client_id: UUID, after: UUID | None = None
) -> Message:
    """Queue the message, marked as what leads to our page. Raises a Refusal, and then nothing is stored."""
    about: dict[str, Any] = {
        "conversation": conversation,
        "by": by,
        "client_id": client_id,
        "after": after,
        "patient": notice.patient if must_choose(links_of(conversation.contact)) else None,
    }
    if is_window_open(conversation):
        return send_text(body=_sentence(notice, conversation), purpose=Purpose.ORGANISATION, **about)
    template = template_for(conversation, notice.place)
    if template is None:
        raise TemplateMissing
    rendered, components = _filled(template, notice)
    return send_template(template=template, rendered=rendered, components=components, **about)


def _sentence(notice: Notice, conversation: Conversation) -> str:
    words = words_in(conversation.contact.language)
    parts = [words["missing"].format(what=notice.what)] if notice.what else []
    parts.append(words[notice.sentence].format(url=notice.url))
    if notice.patient and must_choose(links_of(conversation.contact)):
        parts.append(words["concerns"].format(name=notice.patient.first_name))
    parts.append(words["valid"].format(date=_day(notice.until)))
    return "\n".join(parts)


def _day(at: datetime) -> str:
    return timezone.localtime(at).strftime("%d.%m.%Y")


def template_for(conversation: Conversation, place: Place) -> Template | None:
    """The practice's approved template in the person's language, else in German; only one that leads to our page."""
    name = TEMPLATES[place]
    approved = Template.objects.filter(channel_id=conversation.channel_id, name=name, status="approved")
    fitting = {one.language: one for one in approved if _leads_to(one, place) and _numbers(one) <= {"1", "2", "3"}}
    return fitting.get(conversation.contact.language) or fitting.get(BINDING)


def _leads_to(template: Template, place: Place) -> bool:
    return _button(template, place) is not None


def _button(template: Template, place: Place) -> int | None:
    """The number of the button whose address ends with the token."""
    address = f"{settings.BASE_URL}/{place}/{{{{1}}}}"
    buttons = _component(template, "BUTTONS").get("buttons") or []
    return next((number for number, one in enumerate(buttons) if one.get("url") == address), None)


def _filled(template: Template, notice: Notice) -> tuple[str, list[dict[str, Any]]]:
    """What the patient reads, and the parts of the request."""
    values = _values(notice)
    text = str(_component(template, "BODY").get("text") or "")
    parameters = [{"type": "text", "text": values[name]} for name in sorted(_numbers(template))]
    token = {"type": "text", "text": notice.token}
    number = str(_button(template, notice.place))
    components: list[dict[str, Any]] = [
        {"type": "body", "parameters": parameters},
        {"type": "button", "sub_type": "url", "index": number, "parameters": [token]},
    ]
    return PLACEHOLDER.sub(lambda found: values[found[1]], text), components


def _values(notice: Notice) -> Mapping[str, str]:
    """As the templates of dental-dsgvo section 6 number them; without line breaks, which WhatsApp refuses."""
    third = _day(notice.until) if notice.place == Place.DOCUMENT else notice.what
    named = {"1": notice.greeting, "2": notice.visit, "3": third}
    return {number: " ".join(value.split()) for number, value in named.items()}


def _numbers(template: Template) -> set[str]:
    return set(PLACEHOLDER.findall(str(_component(template, "BODY").get("text") or "")))


def _component(template: Template, kind: str) -> dict[str, Any]:
    found = (one for one in template.components if str(one.get("type", "")).upper() == kind)
    return next(found, {})
