"""What Meta says about templates, the account and the numbers, acted on where its time has come."""

import logging
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from consent.actions import withdraw
from consent.gate import ChannelState
from consent.models import Channel as ConsentChannel
from consent.purposes import ADVERTISING
from messaging.inbound.people import known_contact
from messaging.inbound.reading import Found
from messaging.models import Channel, Template
from messaging.whatsapp.payloads import (
    AccountReview,
    AccountUpdate,
    AppStateSync,
    CapabilityUpdate,
    ErrorsReported,
    HistorySync,
    PhoneNumberName,
    PhoneNumberQuality,
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
STOPPED = {"DISABLED_UPDATE", "ACCOUNT_VIOLATION", "ACCOUNT_RESTRICTION", "ACCOUNT_DELETED"}
DISCONNECTED = {"PARTNER_REMOVED", "ACCOUNT_OFFBOARDED"}
CONNECTED = {"ACCOUNT_RECONNECTED", "PARTNER_ADDED", "VERIFIED_ACCOUNT"}

log = logging.getLogger(__name__)


def store(found: list[Found]) -> None:
    """Act on every management event, one by one: there are few."""
    for one in found:
        act = ACTIONS.get(type(one.event))
        if act:
            act(one.channel, one.event)


def _template_status(channel: Channel, event: TemplateStatus) -> None:
    changes: dict[str, Any] = {"status": (event.event or "").lower()[:20], "reason": (event.reason or "")[:100]}
    if event.category:
        changes["category"] = event.category[:20]
    _templates(channel, event.template).update(**changes, synced_at=timezone.now())
    changed("templates", channel.pk)


def _template_category(channel: Channel, event: TemplateCategory) -> None:
    # While a change is only announced, `current` is what still holds.
    if event.current:
        _templates(channel, event.template).update(category=event.current[:20], synced_at=timezone.now())
        changed("templates", channel.pk)


def _template_quality(channel: Channel, event: TemplateQuality) -> None:
    _templates(channel, event.template).update(quality=(event.current or "")[:10])
    changed("templates", channel.pk)


def _template_components(channel: Channel, event: TemplateComponents) -> None:
    # The new wording is read from 360dialog when templates are next synchronised; until then it may not go out.
    _templates(channel, event.template).update(status="outdated")
    changed("templates", channel.pk)
    wake_on_commit("messaging.sync_templates", practice_id=current_practice_id())


def _templates(channel: Channel, template: TemplateRef) -> QuerySet[Template]:
    """By Meta's id where we know it, else by name and language."""
    ours = Template.objects.filter(channel=channel)
    by_id = ours.filter(provider_id=template.id) if template.id else ours.none()
    return by_id if by_id.exists() else ours.filter(name=template.name or "", language=template.language or "")


def _account(channel: Channel, event: AccountUpdate) -> None:
    code = event.event or ""
    if code == "DISABLED_UPDATE" and event.ban_state == "REINSTATE":
        _move(channel, ChannelState.CONNECTED, code)
    elif code in STOPPED:
        _move(channel, ChannelState.BLOCKED, code)
    elif code in DISCONNECTED:
        _move(channel, ChannelState.DISCONNECTED, code)
    elif code in CONNECTED:
        _move(channel, ChannelState.CONNECTED, code)


def _move(channel: Channel, state: ChannelState, code: str) -> None:
    now = timezone.now()
    Channel.objects.filter(pk=channel.pk).update(state=state, state_code=code[:40], state_changed_at=now)
    changed("channel", channel.pk)


def _quality(channel: Channel, event: PhoneNumberQuality) -> None:
    changes: dict[str, Any] = {"quality": (event.event or "")[:10]}
    if event.max_daily_conversations is not None:
        changes["daily_limit"] = event.max_daily_conversations
    Channel.objects.filter(pk=channel.pk).update(**changes)
    changed("channel", channel.pk)


def _capability(channel: Channel, event: CapabilityUpdate) -> None:
    Channel.objects.filter(pk=channel.pk).update(daily_limit=event.max_daily_conversations)


def _preference(_channel: Channel, event: UserPreference) -> None:
    """Meta's own stop for marketing counts as a withdrawal of what is advertising (C-15)."""
    contact = known_contact(event.person)
    if contact and event.value == "stop":
        withdraw(
            contact=contact,
            purposes=ADVERTISING,
            channel=ConsentChannel.WHATSAPP_BUTTON,
            act={"button": "user_preferences", "note": "marketing_messages: stop"},
            occurred_at=event.timestamp or timezone.now(),
            reference=f"user_preferences {event.timestamp}",
        )


def _noted(channel: Channel, event: object) -> None:
    """Stored with its delivery; nothing to act on yet."""
    log.info("event noted", extra={"channel": str(channel.pk), "code": type(event).__name__})


ACTIONS: dict[type, Callable[[Channel, Any], None]] = {
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
