"""/api/v1/: read-only lists by cursor, and sending a text through the same gate as everybody."""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.purposes import Purpose
from messaging import actions
from messaging.api.serializers import (
    ContactSerializer,
    ConversationSerializer,
    MessageSerializer,
    NewMessageSerializer,
    TemplateSerializer,
)
from messaging.models import Conversation, Message, Template
from patients.models import Contact, Patient
from practices.sealed import warm

M = TypeVar("M", bound=Model)


class ByCreation(CursorPagination):
    page_size = 50
    ordering = ("created_at", "id")


class ByLastMessage(CursorPagination):
    page_size = 50
    ordering = ("-last_message_at", "id")


class ByTime(CursorPagination):
    page_size = 50
    ordering = ("-at", "-id")


class ByName(CursorPagination):
    page_size = 50
    ordering = ("name", "language")


class Me(APIView):
    @extend_schema(responses={200: dict[str, str]})
    def get(self, request: Request) -> Response:
        """Whose token this is and what it may do."""
        token: Any = request.auth
        return Response({"practice": token.practice.slug, "name": token.practice.name, "scope": token.scope})


class SealedList(generics.ListAPIView[M]):
    """A list whose rows' keys are loaded with one query."""

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        warm(row for rows in args[:1] if isinstance(rows, list) for row in rows)
        return super().get_serializer(*args, **kwargs)


class Contacts(SealedList[Contact]):
    serializer_class = ContactSerializer
    pagination_class = ByCreation

    def get_queryset(self) -> QuerySet[Contact]:
        return Contact.objects.prefetch_related("identities", "consent_states")


class Conversations(generics.ListAPIView[Conversation]):
    serializer_class = ConversationSerializer
    pagination_class = ByLastMessage

    def get_queryset(self) -> QuerySet[Conversation]:
        return Conversation.objects.exclude(last_message_at=None).select_related("contact")


class Messages(SealedList[Message]):
    serializer_class = MessageSerializer
    pagination_class = ByTime

    def get_queryset(self) -> QuerySet[Message]:
        return Message.objects.filter(conversation=self.conversation())

    def conversation(self) -> Conversation:
        return get_object_or_404(
            Conversation.objects.select_related("contact", "channel"), pk=self.kwargs["conversation_id"]
        )

    def patient(self, patient_id: UUID | None) -> Patient | None:
        return get_object_or_404(Patient, pk=patient_id) if patient_id else None

    @extend_schema(request=NewMessageSerializer, responses={201: MessageSerializer})
    def post(self, request: Request, conversation_id: UUID) -> Response:  # noqa: ARG002
        """Send a text. 422 with the refusal if the gate says no; nothing is stored then."""
        wanted = NewMessageSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        message = actions.send_text(
            conversation=self.conversation(),
            body=wanted.validated_data["text"],
            purpose=Purpose(wanted.validated_data["purpose"]),
            client_id=wanted.validated_data["client_id"],
            by=None,
            origin=Message.Origin.API,
            patient=self.patient(wanted.validated_data.get("patient")),
        )
        return Response(MessageSerializer(message).data, status=201)


class Templates(generics.ListAPIView[Template]):
    queryset: Any = None
    serializer_class = TemplateSerializer
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Template]:
        return Template.objects.all()
