"""What the API shows of each row, and what it takes."""

from typing import Any

from rest_framework import serializers

from consent.purposes import Purpose
from messaging.models import Conversation, Message, Template
from patients.identities import phone_of, username_of
from patients.models import Contact


class ContactSerializer(serializers.ModelSerializer[Contact]):
    profile_name = serializers.CharField(allow_null=True)
    phone = serializers.SerializerMethodField()
    username = serializers.SerializerMethodField()
    consent = serializers.SerializerMethodField()

    class Meta:
        model = Contact
        fields = ["id", "profile_name", "phone", "username", "language", "number_proven_at", "consent"]

    def get_phone(self, contact: Contact) -> str | None:
        return phone_of(contact)

    def get_username(self, contact: Contact) -> str | None:
        return username_of(contact)

    def get_consent(self, contact: Contact) -> dict[str, str]:
        """State of each purpose for the contact itself."""
        states = {one.purpose: one.state for one in contact.consent_states.all() if one.patient_id is None}
        return {str(purpose): states.get(purpose, "none") for purpose in Purpose}


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    waiting_since = serializers.DateTimeField(source="owed_since", read_only=True, allow_null=True)

    class Meta:
        model = Conversation
        fields = ["id", "contact", "last_message_at", "waiting_since", "window_open_until", "closed_at"]


class MessageSerializer(serializers.ModelSerializer[Message]):
    text = serializers.CharField(source="body", allow_null=True)

    class Meta:
        model = Message
        fields = [
            *("id", "direction", "origin", "type", "text", "state", "refusal", "error_code"),
            *("at", "purpose", "concerns_patient", "edited_at", "revoked_at"),
        ]


class NewMessageSerializer(serializers.Serializer[Any]):
    """A text to send. The same `client_id` twice is one message; another text under it is refused.

    `patient` is whom it concerns; to be named where the contact writes for several people, or only for others.
    """

    client_id = serializers.UUIDField()
    text = serializers.CharField(max_length=4096)
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    patient = serializers.UUIDField(required=False)


class TemplateSerializer(serializers.ModelSerializer[Template]):
    class Meta:
        model = Template
        fields = ["id", "name", "language", "category", "status", "purpose", "components"]
