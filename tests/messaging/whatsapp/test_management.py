"""What Meta says about templates, accounts and numbers, and people about advertising."""

import json
from datetime import UTC, datetime

import pytest

from messaging.whatsapp.payloads import (
    AccountReview,
    AccountUpdate,
    CapabilityUpdate,
    Peer,
    PhoneNumberName,
    PhoneNumberQuality,
    Restriction,
    TemplateCategory,
    TemplateComponents,
    TemplateQuality,
    TemplateRef,
    TemplateStatus,
    Unknown,
    UserPreference,
    parse,
)
from tests.messaging.whatsapp.reading_webhooks import ERIKA, KIM, NUMBER, WABA, only
from tests.webhooks import recorded, recorded_json

REMINDER = TemplateRef("600000000000001", "termin_erinnerung", "de")
OWN_PHONE = "+493023125001"
SAID_AT = datetime(2026, 11, 25, 9, 46, 40, tzinfo=UTC)
A_DAY_LATER = datetime(2026, 11, 26, 9, 46, 40, tzinfo=UTC)


def test_a_management_entry_has_its_account_and_time_and_no_number() -> None:
    [entry] = parse(recorded("template_approved")).entries

    assert (entry.waba_id, entry.at) == (WABA, SAID_AT)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("template_approved", TemplateStatus(REMINDER, "APPROVED", category="UTILITY")),
        (
            "template_rejected",
            TemplateStatus(
                REMINDER,
                "REJECTED",
                category="UTILITY",
                reason="INCORRECT_CATEGORY",
                rejection="The text advertises.",
                advice="Choose the category MARKETING.",
            ),
        ),
        ("template_pending", TemplateStatus(REMINDER, "PENDING")),
        (
            "template_paused",
            TemplateStatus(REMINDER, "PAUSED", other="Paused for 3 hours because of low quality."),
        ),
        ("template_flagged", TemplateStatus(REMINDER, "FLAGGED", disabled_at=A_DAY_LATER)),
        ("template_disabled", TemplateStatus(REMINDER, "DISABLED", reason="ABUSIVE_CONTENT")),
        ("template_archived", TemplateStatus(REMINDER, "ARCHIVED")),
        ("template_unarchived", TemplateStatus(REMINDER, "UNARCHIVED")),
        ("template_in_appeal", TemplateStatus(REMINDER, "IN_APPEAL")),
        ("template_pending_deletion", TemplateStatus(REMINDER, "PENDING_DELETION")),
        ("template_reinstated", TemplateStatus(REMINDER, "REINSTATED")),
    ],
)
def test_each_step_of_moderation_is_read(name: str, status: TemplateStatus) -> None:
    assert only(name, TemplateStatus) == status


@pytest.mark.parametrize(
    ("name", "category"),
    [
        (
            "template_category_impending",
            TemplateCategory(REMINDER, current="UTILITY", correct="MARKETING", changes_at=A_DAY_LATER),
        ),
        ("template_category_changed", TemplateCategory(REMINDER, current="MARKETING", previous="UTILITY")),
        ("template_category_alone", TemplateCategory(REMINDER, current="MARKETING")),
    ],
)
def test_a_change_of_category_is_told_before_and_after(name: str, category: TemplateCategory) -> None:
    assert only(name, TemplateCategory) == category


def test_a_drop_in_quality_names_both_scores() -> None:
    assert only("template_quality", TemplateQuality) == TemplateQuality(REMINDER, "GREEN", "YELLOW")


def test_changed_wording_is_read() -> None:
    assert only("template_components", TemplateComponents) == TemplateComponents(
        REMINDER, "Guten Tag {{1}}, Ihr Termin ist am {{2}}.", "Ihr Termin", "Zahnarztpraxis Beispiel"
    )


@pytest.mark.parametrize(
    ("name", "update"),
    [
        ("account_verified", AccountUpdate("VERIFIED_ACCOUNT", phone=OWN_PHONE)),
        (
            "account_disabled",
            AccountUpdate("DISABLED_UPDATE", ban_state="SCHEDULE_FOR_DISABLE", ban_date="January 31, 2027"),
        ),
        ("account_violation", AccountUpdate("ACCOUNT_VIOLATION", violation="SPAM")),
        (
            "account_restriction",
            AccountUpdate(
                "ACCOUNT_RESTRICTION",
                restrictions=(
                    Restriction("RESTRICTED_BIZ_INITIATED_MESSAGING", A_DAY_LATER),
                    Restriction("RESTRICTED_ADD_PHONE_NUMBER_ACTION", None),
                ),
            ),
        ),
        ("account_deleted", AccountUpdate("ACCOUNT_DELETED")),
        ("account_partner_added", AccountUpdate("PARTNER_ADDED")),
        ("account_partner_removed", AccountUpdate("PARTNER_REMOVED")),
        ("account_offboarded", AccountUpdate("ACCOUNT_OFFBOARDED")),
        ("account_reconnected", AccountUpdate("ACCOUNT_RECONNECTED")),
        ("account_volume_tier", AccountUpdate("VOLUME_BASED_PRICING_TIER_UPDATE")),
    ],
)
def test_each_state_of_the_account_is_read(name: str, update: AccountUpdate) -> None:
    found = only(name, AccountUpdate)

    raw = recorded_json(name)["entry"][0]["changes"][0]["value"]
    assert found == AccountUpdate(
        update.event, update.phone, update.ban_state, update.ban_date, update.violation, update.restrictions, raw
    )


def test_the_review_of_an_account_is_read() -> None:
    assert only("account_review", AccountReview) == AccountReview("APPROVED")


@pytest.mark.parametrize(
    ("name", "quality"),
    [
        ("phone_number_quality", PhoneNumberQuality(OWN_PHONE, "DOWNGRADE", "TIER_2K", 2000)),
        ("phone_number_throughput", PhoneNumberQuality(OWN_PHONE, "THROUGHPUT_UPGRADE", "TIER_UNLIMITED")),
    ],
)
def test_quality_and_limits_of_a_number_are_read(name: str, quality: PhoneNumberQuality) -> None:
    assert only(name, PhoneNumberQuality) == quality


def test_a_refused_display_name_is_read() -> None:
    assert only("phone_number_name", PhoneNumberName) == PhoneNumberName(
        OWN_PHONE, "REJECTED", "Praxis Beispiel", "NAME_NOT_ALLOWED"
    )


@pytest.mark.parametrize(
    ("name", "capability"),
    [("capability_update", CapabilityUpdate(2000, 25)), ("capability_unlimited", CapabilityUpdate(-1))],
)
def test_the_limit_of_the_account_is_read(name: str, capability: CapabilityUpdate) -> None:
    assert only(name, CapabilityUpdate) == capability


@pytest.mark.parametrize(
    ("name", "person", "value", "detail"),
    [
        ("user_preference_stop", ERIKA, "stop", "User requested to stop marketing messages"),
        ("user_preference_resume", ERIKA, "resume", "User requested to resume marketing messages"),
        ("user_preference_signup_without_phone", KIM, "signup", "User signed up for marketing messages"),
    ],
)
def test_a_word_on_advertising_names_the_person(name: str, person: Peer, value: str, detail: str) -> None:
    assert only(name, UserPreference) == UserPreference(
        NUMBER, person, "marketing_messages", value, detail, datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    )


@pytest.mark.parametrize("value", [{}, {"event": None}, {"event": 7, "message_template_id": [], "reason": {}}])
def test_an_empty_or_broken_template_update_is_read_as_far_as_it_goes(value: dict[str, object]) -> None:
    body = recorded_json("template_approved")
    body["entry"][0]["changes"][0]["value"] = value

    [event] = parse(json.dumps(body).encode()).entries[0].events

    assert event == TemplateStatus(TemplateRef(None, None, None), None)


def test_preferences_without_any_entry_are_kept_as_unknown() -> None:
    body = recorded_json("user_preference_stop")
    body["entry"][0]["changes"][0]["value"]["user_preferences"] = []

    [event] = parse(json.dumps(body).encode()).entries[0].events

    assert isinstance(event, Unknown)
    assert (event.phone_number_id, event.field) == (NUMBER, "user_preferences")
