"""What Meta says about templates, the account and the numbers, acted on where its time has come."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from consent.gate import ChannelState
from messaging import opt_outs
from messaging.clock import clamped
from messaging.inbound.people import known_contact
from messaging.inbound.reading import Found
from messaging.models import Channel, Template
from messaging.templates import SYNC
from messaging.whatsapp.payloads import (
    AccountReview,
    AccountUpdate,
    AppStateSync,
    CapabilityUpdate,
    ErrorsReported,
    HistorySync,
    PhoneNumberName,
    PhoneNumberQuality,
    Restriction,
    TemplateCategory,
    TemplateComponents,
    TemplateQuality,
    TemplateRef,
    TemplateStatus,
    UserPreference,
)
from practices.background import wake_on_commit
from practices.live import changed
from practices.scope import current_practice_id

# Events of account_update that end sending, and those that let it go on (360dialog section 6).
STATES = {
    "ACCOUNT_VIOLATION": ChannelState.BLOCKED,
    "ACCOUNT_RESTRICTION": ChannelState.BLOCKED,
    "ACCOUNT_DELETED": ChannelState.BLOCKED,
    "PARTNER_REMOVED": ChannelState.DISCONNECTED,
    "ACCOUNT_OFFBOARDED": ChannelState.DISCONNECTED,
    "ACCOUNT_RECONNECTED": ChannelState.CONNECTED,
    "PARTNER_ADDED": ChannelState.CONNECTED,
    "VERIFIED_ACCOUNT": ChannelState.CONNECTED,
}
# DISABLED_UPDATE tells of a ban that begins, is announced, or ends; of any other word the worse is assumed.
BANS: dict[str | None, ChannelState | None] = {"REINSTATE": ChannelState.CONNECTED, "SCHEDULE_FOR_DISABLE": None}
HARMLESS_RESTRICTIONS = frozenset({"RESTRICTED_ADD_PHONE_NUMBER_ACTION", "RESTRICTED_BIZ_INITIATED_MESSAGING"})

log = logging.getLogger(__name__)


def store(found: list[Found]) -> None:
    """Act on every management event, one by one: there are few. One older than what already holds changes nothing."""
    for one in found:
        act = ACTIONS.get(type(one.event))
        if act:
            act(one, one.event)


def _said_at(one: Found) -> datetime:
    """When WhatsApp said it; never later than it came, so that a wrong clock cannot shut out what follows."""
    received_at = one.delivery.received_at
    return min(clamped(one.entry_at, received_at), received_at)


def _template_status(one: Found, event: TemplateStatus) -> None:
    changes: dict[str, Any] = {"status": (event.event or "").lower()[:20], "reason": (event.reason or "")[:100]}
    if event.category:
        changes["category"] = event.category[:20]
    _change_template(one, event.template, changes)


def _template_category(one: Found, event: TemplateCategory) -> None:
    # While a change is only announced, `current` is what still holds.
    if event.current:
        _change_template(one, event.template, {"category": event.current[:20]})


def _change_template(one: Found, template: TemplateRef, changes: dict[str, Any]) -> None:
    """Repeated or replayed, an event may be older than what we know; then 360dialog is asked what holds now."""
    said_at = _said_at(one)
    concerned = _templates(one.channel, template)
    if concerned.filter(synced_at__gt=said_at).exists():
        _noted(one, one.event)
        wake_on_commit(SYNC, practice_id=current_practice_id())
        return
    concerned.update(**changes, synced_at=said_at)
    changed("templates", one.channel.pk)


def _template_quality(one: Found, event: TemplateQuality) -> None:
    _templates(one.channel, event.template).update(quality=(event.current or "")[:10])
    changed("templates", one.channel.pk)


def _template_components(one: Found, event: TemplateComponents) -> None:
    # The new wording is read from 360dialog when templates are next synchronised; until then it may not go out.
    _templates(one.channel, event.template).update(status="outdated")
    changed("templates", one.channel.pk)
    wake_on_commit(SYNC, practice_id=current_practice_id())


def _templates(channel: Channel, template: TemplateRef) -> QuerySet[Template]:
    """By Meta's id where we know it, else by name and language."""
    ours = Template.objects.filter(channel=channel)
    by_id = ours.filter(provider_id=template.id) if template.id else ours.none()
    return by_id if by_id.exists() else ours.filter(name=template.name or "", language=template.language or "")


def _account(one: Found, event: AccountUpdate) -> None:
    code = event.event or ""
    state = _state_after(event, _said_at(one))
    if state:
        _change_channel(one, "state_changed_at", {"state": state, "state_code": code[:40]})
    else:
        _noted(one, event)


def _state_after(event: AccountUpdate, said_at: datetime) -> ChannelState | None:
    """What the number may do after this event; None if it may do what it did before."""
    if event.event == "DISABLED_UPDATE":
        return BANS.get(event.ban_state, ChannelState.BLOCKED)
    if event.event == "ACCOUNT_RESTRICTION" and event.restrictions:
        concern_answers = any(_stops_answers(one, said_at) for one in event.restrictions)
        return ChannelState.BLOCKED if concern_answers else None
    return STATES.get(event.event or "")


def _stops_answers(restriction: Restriction, said_at: datetime) -> bool:
    """Whether answers to patients may not go out any more. What begins a conversation WhatsApp refuses by itself, one
    by one (131048), and adding numbers concerns nobody who writes."""
    is_over = restriction.expires_at is not None and restriction.expires_at <= said_at
    return restriction.type not in HARMLESS_RESTRICTIONS and not is_over


def _quality(one: Found, event: PhoneNumberQuality) -> None:
    changes: dict[str, Any] = {"quality": (event.event or "")[:10]}
    if event.max_daily_conversations is not None:
        changes["daily_limit"] = event.max_daily_conversations
    _change_channel(one, "limits_changed_at", changes)


def _capability(one: Found, event: CapabilityUpdate) -> None:
    _change_channel(one, "limits_changed_at", {"daily_limit": event.max_daily_conversations})


def _change_channel(one: Found, changed_at: str, changes: dict[str, Any]) -> None:
    """Change what an event is about, unless that has changed since: a replay must not block a reconnected number."""
    said_at = _said_at(one)
    not_since = Q(**{changed_at: None}) | Q(**{f"{changed_at}__lte": said_at})
    if Channel.objects.filter(not_since, pk=one.channel.pk).update(**changes, **{changed_at: said_at}):
        changed("channel", one.channel.pk)
    else:
        _noted(one, one.event)


def _preference(one: Found, event: UserPreference) -> None:
    """Meta's own stop for marketing counts as a withdrawal of what is advertising (C-15).

    It has no id of its own: a person cannot press it twice in one second, and two persons can.
    """
    contact = known_contact(event.person)
    if contact:
        opt_outs.heed_preference(contact, wish=event.value, at=event.timestamp or one.delivery.received_at)


def _noted(one: Found, event: object) -> None:
    """Stored with its delivery; nothing to act on, or not any more."""
    log.warning("event noted", extra={"channel": str(one.channel.pk), "code": type(event).__name__})


ACTIONS: dict[type, Callable[[Found, Any], None]] = {
    TemplateStatus: _template_status,
    TemplateCategory: _template_category,
    TemplateQuality: _template_quality,
    TemplateComponents: _template_components,
    AccountUpdate: _account,
    AccountReview: _noted,
    PhoneNumberQuality: _quality,
    PhoneNumberName: _noted,
    CapabilityUpdate: _capability,
    UserPreference: _preference,
    HistorySync: _noted,
    AppStateSync: _noted,
    ErrorsReported: _noted,
}
