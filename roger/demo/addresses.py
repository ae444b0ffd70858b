"""demo.json for people and outside tools, simulator.json for the stand-in; readable by the owner alone."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from consent.doors import newest_qr_code, qr_url
from consent.widgets import link_snippet, living_widgets, script_snippet
from messaging.channels import webhook_url
from messaging.models import Channel, Conversation, Template
from patients.identities import phone_of
from practices.models import Member, Practice, Role, TotpDevice
from practices.scope import practice_scope
from practices.sealed import warm
from practices.totp import as_base32
from roger.demo import material
from roger.demo.practices import PASSWORD, make_api_token, slug_of

Json = dict[str, Any]
NAMELESS = "Unbekannt"


def write_files() -> None:
    """Both files anew, from the rows; an API token that was told before is kept, since its hash is all there is."""
    demo = settings.ROGER_HOME / "demo.json"
    tokens = {one["slug"]: one["api_token"] for one in _read(demo).get("practices", [])}
    practices = [Practice.objects.get(slug=slug_of(written)) for written in material.practices()]
    write(demo, {"practices": [_practice(practice, tokens.get(practice.slug)) for practice in practices]})
    write(settings.ROGER_HOME / "simulator.json", _simulator(practices))


def write(path: Path, content: Json) -> None:
    """Replace a file in one step, 0600 from its first byte."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
    draft.rename(path)


def _read(path: Path) -> Json:
    try:
        read: Json = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return read


# ── demo.json (design section 2) ──


def _practice(practice: Practice, api_token: str | None) -> Json:
    with practice_scope(practice.pk), transaction.atomic():
        channel = Channel.objects.order_by("created_at").get()
        code = newest_qr_code()
        members = Member.objects.filter(practice=practice, left_at=None).select_related("user").order_by("pk")
        owner = next(member for member in members if member.role == Role.OWNER)
        return {
            "slug": practice.slug,
            "name": practice.name,
            "phone": channel.phone,
            "phone_number_id": channel.phone_number_id,
            "waba_id": channel.waba_id,
            "qr": qr_url(code) if code else "",
            "webhook": webhook_url(channel),
            "webhook_secret": channel.webhook_secret,
            "api_token": api_token or make_api_token(practice, owner),
            "users": [_user(member) for member in members],
        }


def _user(member: Member) -> Json:
    secret = TotpDevice.objects.get(user=member.user).secret
    return {
        "role": member.role,
        "email": member.user.email,
        "password": PASSWORD,
        "totp_secret": as_base32(secret),
    }


# ── simulator.json (simulator/config.py) ──


def _simulator(practices: list[Practice]) -> Json:
    numbers, people = [], []
    for practice in practices:
        with practice_scope(practice.pk), transaction.atomic():
            channel = Channel.objects.order_by("created_at").get()
            numbers.append(_number(practice, channel))
            people += _people(channel)
    # The stand-in forgets at its end who wrote when; for people it has not heard of since, it trusts our window.
    told: Json = {"numbers": numbers, "people": people, "faults": {"window": {"unseen": "open"}}}
    websites = [website for website in map(_website, practices) if website]
    return told | ({"website": websites[0]} if websites else {})


def _website(practice: Practice) -> Json | None:
    """What a practice's website has copied from us, if it has anything."""
    with practice_scope(practice.pk), transaction.atomic():
        widget = living_widgets().first()
        if widget is None:
            return None
        snippets = {"link": link_snippet(widget), "script": script_snippet(widget)}
        return {"name": practice.name, "roger": settings.BASE_URL, **snippets}


def _number(practice: Practice, channel: Channel) -> Json:
    return {
        "phone": channel.phone,
        "name": practice.name,
        "phone_number_id": channel.phone_number_id,
        "waba_id": channel.waba_id,
        "api_key": channel.api_key,
        "webhook_url": webhook_url(channel),
        "webhook_headers": {"X-Roger-Webhook-Secret": channel.webhook_secret},
        "templates": [_template(template) for template in Template.objects.filter(channel=channel).order_by("name")],
    }


def _template(template: Template) -> Json:
    return {
        "id": template.provider_id,
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.status,
        "components": template.components,
    }


def _people(channel: Channel) -> list[Json]:
    """Everybody with a phone, and when they last wrote: the stand-in holds us to the same 24 hours."""
    conversations = list(Conversation.objects.filter(channel=channel).with_people().order_by("pk"))
    contacts = [one.contact for one in conversations]
    warm([*contacts, *(identity for contact in contacts for identity in contact.identities.all())])
    return [_person(channel, one) for one in conversations]


def _person(channel: Channel, conversation: Conversation) -> Json:
    last = conversation.last_inbound_at
    return {
        "phone": phone_of(conversation.contact),
        "name": conversation.contact.profile_name or NAMELESS,
        "last_wrote": {channel.phone: last.timestamp()} if last else {},
    }
