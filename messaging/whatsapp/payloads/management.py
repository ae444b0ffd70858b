"""What Meta says about templates, accounts and numbers, and people about advertising (section 6, other fields)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from messaging.whatsapp.payloads.change import Metadata
from messaging.whatsapp.payloads.peers import Peer, contacts_of, peer
from messaging.whatsapp.payloads.reading import (
    JsonObject,
    identifier,
    integer,
    items,
    mapping,
    moment,
    objects,
    phone,
    text,
)


@dataclass(frozen=True, slots=True, repr=False)
class TemplateRef:
    """The template an event is about; `language` as Meta writes it (de, en_US)."""

    id: str | None
    name: str | None
    language: str | None


@dataclass(frozen=True, slots=True, repr=False)
class TemplateStatus:
    """Moderation: `event` in upper case (APPROVED, REJECTED, PAUSED, …), `reason` None where Meta says NONE."""

    template: TemplateRef
    event: str | None
    category: str | None = None
    reason: str | None = None
    rejection: str | None = None  # Meta's explanation in words
    advice: str | None = None
    disabled_at: datetime | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class TemplateCategory:
    """A change of category. `correct` is set while the change is still to come, at `changes_at`; `previous` once done.

    While it is to come, `current` is what holds until then.
    """

    template: TemplateRef
    current: str | None
    correct: str | None = None
    previous: str | None = None
    changes_at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class TemplateQuality:
    template: TemplateRef
    previous: str | None  # GREEN, YELLOW, RED, UNKNOWN
    current: str | None


@dataclass(frozen=True, slots=True, repr=False)
class TemplateComponents:
    """The wording changed at Meta: read the template again."""

    template: TemplateRef
    body: str | None
    title: str | None = None
    footer: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Restriction:
    type: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class AccountUpdate:
    """State of the WhatsApp Business account: `event` in upper case, `raw` for what one event alone carries."""

    event: str | None
    phone: str | None = None
    ban_state: str | None = None
    ban_date: str | None = None  # in Meta's words: "January 31, 2021"
    violation: str | None = None
    restrictions: tuple[Restriction, ...] = ()
    raw: JsonObject | None = None


@dataclass(frozen=True, slots=True, repr=False)
class AccountReview:
    decision: str | None


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumberQuality:
    """FLAGGED, UNFLAGGED, UPGRADE, DOWNGRADE, THROUGHPUT_UPGRADE, … of one number, by its display phone."""

    display_phone: str | None
    event: str | None
    current_limit: str | None = None
    max_daily_conversations: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumberName:
    display_phone: str | None
    decision: str | None
    requested_name: str | None = None
    rejection_reason: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class CapabilityUpdate:
    """Distinct people outside a service window per moving 24 h, for the whole portfolio; -1 is unlimited."""

    max_daily_conversations: int | None
    max_phone_numbers: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class UserPreference:
    """A person's word on marketing messages: stop, resume or signup. It never blocks service or utility."""

    phone_number_id: str | None
    person: Peer
    category: str | None
    value: str | None
    detail: str | None
    timestamp: datetime | None


ManagementEvent: TypeAlias = (
    TemplateStatus
    | TemplateCategory
    | TemplateQuality
    | TemplateComponents
    | AccountUpdate
    | AccountReview
    | PhoneNumberQuality
    | PhoneNumberName
    | CapabilityUpdate
    | UserPreference
)


def _template(value: JsonObject) -> TemplateRef:
    return TemplateRef(
        id=identifier(value.get("message_template_id")),
        name=text(value.get("message_template_name")),
        language=text(value.get("message_template_language")),
    )


def _word(value: object) -> str | None:
    """One of Meta's own words: upper case in webhooks, lower case at 360dialog (section 10)."""
    found = text(value)
    return found.upper() if found else None


def _template_status(value: JsonObject, _metadata: Metadata) -> Iterator[ManagementEvent]:
    reason = _word(value.get("reason"))
    rejection = mapping(value.get("rejection_info"))
    other = mapping(value.get("other_info"))
    yield TemplateStatus(
        template=_template(value),
        event=_word(value.get("event")),
        category=_word(value.get("message_template_category")),
        reason=None if reason == "NONE" else reason,
        rejection=text(rejection.get("reason")),
        advice=text(rejection.get("recommendation")) or text(rejection.get("advice")),
        disabled_at=moment(mapping(value.get("disable_info")).get("disable_date")),
        other=text(other.get("description")) or text(other.get("title")),
    )


def _template_category(value: JsonObject, _metadata: Metadata) -> Iterator[ManagementEvent]:
    yield TemplateCategory(
        template=_template(value),
        current=_word(value.get("new_category")),
        correct=_word(value.get("correct_category")),
        previous=_word(value.get("previous_category")),
        changes_at=moment(value.get("category_update_timestamp")),
    )


def _template_quality(value: JsonObject, _metadata: Metadata) -> Iterator[ManagementEvent]:
    yield TemplateQuality(
        _template(value), _word(value.get("previous_quality_score")), _word(value.get("new_quality_score"))
    )


def _template_components(value: JsonObject, _metadata: Metadata) -> Iterator[ManagementEvent]:
    yield TemplateComponents(
        template=_template(value),
        body=text(value.get("message_template_element")),
        title=text(value.get("message_template_title")),
        footer=text(value.get("message_template_footer")),
    )


def _account_update(value: JsonObject, _metadata: Metadata) -> Iterator[ManagementEvent]:
    ban = mapping(value.get("ban_info"))
    yield AccountUpdate(
        event=_word(value.get("event")),
        phone=phone(value.get("phone_number")),
        ban_state=_word(ban.get("waba_ban_state")),
        ban_date=text(ban.get("waba_ban_date")),
        violation=_word(mapping(value.get("violation_info")).get("violation_type")),
        restrictions=tuple(
            Restriction(_word(entry.get("restriction_type")), moment(entry.get("expiration")))
            for entry in objects(value.get("restriction_info"))
        ),
        raw=value,
    )


def _account_review(value: JsonObject, _metadata: Metadata) -> Iterator[ManagementEvent]:
    yield AccountReview(_word(value.get("decision")))


def _phone_number_quality(value: JsonObject, _metadata: Metadata) -> Iterator[ManagementEvent]:
    yield PhoneNumberQuality(
        display_phone=phone(value.get("display_phone_number")),
        event=_word(value.get("event")),
        current_limit=text(value.get("current_limit")),
        max_daily_conversations=integer(value.get("max_daily_conversations_per_business")),
    )


def _phone_number_name(value: JsonObject, _metadata: Metadata) -> Iterator[ManagementEvent]:
    yield PhoneNumberName(
        display_phone=phone(value.get("display_phone_number")),
        decision=_word(value.get("decision")),
        requested_name=text(value.get("requested_verified_name")),
        rejection_reason=text(value.get("rejection_reason")),
    )


def _capability(value: JsonObject, _metadata: Metadata) -> Iterator[ManagementEvent]:
    yield CapabilityUpdate(
        max_daily_conversations=integer(value.get("max_daily_conversations_per_business")),
        max_phone_numbers=integer(value.get("max_phone_numbers_per_business")),
    )


def _user_preferences(value: JsonObject, metadata: Metadata) -> Iterator[ManagementEvent]:
    contacts = contacts_of(value)
    for preference in map(mapping, items(value.get("user_preferences"))):
        person = peer(preference.get("wa_id"), preference.get("user_id"), preference.get("parent_user_id"))
        yield UserPreference(
            phone_number_id=metadata.phone_number_id,
            person=contacts.complete(person),
            category=text(preference.get("category")),
            value=text(preference.get("value")),
            detail=text(preference.get("detail")),
            timestamp=moment(preference.get("timestamp")),
        )


MANAGEMENT_READERS: dict[str | None, Callable[[JsonObject, Metadata], Iterator[ManagementEvent]]] = {
    "message_template_status_update": _template_status,
    "template_category_update": _template_category,
    "message_template_quality_update": _template_quality,
    "message_template_components_update": _template_components,
    "account_update": _account_update,
    "account_review_update": _account_review,
    "phone_number_quality_update": _phone_number_quality,
    "phone_number_name_update": _phone_number_name,
    "business_capability_update": _capability,
    "user_preferences": _user_preferences,
}
