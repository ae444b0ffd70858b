"""/api/v1/patients/ and /api/v1/appointments/: what the practice's own software knows better than Roger.

The record number in that software is the key between the two.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging.api.views import ByCreation, SealedList
from patients import directory
from patients.appointments import cancel_appointment, note_appointment
from patients.models import Appointment, Patient

NOT_ONE = "There is not exactly one patient with this record number."


class PatientSerializer(serializers.ModelSerializer[Patient]):
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    birth_date = serializers.CharField(allow_null=True)
    salutation = serializers.CharField(allow_null=True)
    record_number = serializers.CharField(allow_null=True)

    class Meta:
        model = Patient
        fields = [
            *("id", "first_name", "last_name", "birth_date", "salutation", "record_number"),
            *("language", "last_visit_on"),
        ]


class AppointmentSerializer(serializers.ModelSerializer[Appointment]):
    words = serializers.CharField(allow_null=True)

    class Meta:
        model = Appointment
        fields = ["id", "patient", "starts_at", "words", "source", "foreign_key", "cancelled_at"]


class NewAppointmentSerializer(serializers.Serializer[Any]):
    """A visit. `record_number` or `patient` says whose; the same `foreign_key` twice is one appointment, which then
    stands as it was told last."""

    record_number = serializers.CharField(max_length=40, required=False)
    patient = serializers.UUIDField(required=False)
    starts_at = serializers.DateTimeField()
    words = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    foreign_key = serializers.CharField(max_length=64)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("record_number" in attrs) == ("patient" in attrs):
            raise ValidationError({"record_number": ["Name either record_number or patient."]})
        return attrs


class ByTime(CursorPagination):
    page_size = 50
    ordering = ("starts_at", "id")


RECORD_NUMBER = OpenApiParameter("record_number", str, description="Number of the record in the practice software.")


@extend_schema_view(get=extend_schema(parameters=[RECORD_NUMBER]))
class Patients(SealedList[Patient]):
    """Everybody, or whoever has this `record_number`."""

    serializer_class = PatientSerializer
    pagination_class = ByCreation

    def get_queryset(self) -> QuerySet[Patient]:
        number = self.request.query_params.get("record_number")
        patients = Patient.objects.standing()
        return patients if number is None else patients.filter(pk__in=directory.with_record_number(number))


FILTERS = [
    RECORD_NUMBER,
    OpenApiParameter("patient", UUID),
    OpenApiParameter("foreign_key", str, description="Number of the appointment in the practice software."),
]


@extend_schema_view(get=extend_schema(parameters=FILTERS))
class Appointments(SealedList[Appointment]):
    """What was agreed, also what was cancelled; by `record_number`, `patient` or `foreign_key`."""

    serializer_class = AppointmentSerializer
    pagination_class = ByTime

    def get_queryset(self) -> QuerySet[Appointment]:
        asked, rows = self.request.query_params, Appointment.objects.all()
        if "record_number" in asked:
            rows = rows.filter(patient__in=directory.with_record_number(asked["record_number"]))
        if "patient" in asked:
            rows = rows.filter(patient=_uuid(asked["patient"]))
        return rows.filter(foreign_key=asked["foreign_key"]) if "foreign_key" in asked else rows

    @extend_schema(request=NewAppointmentSerializer, responses={200: AppointmentSerializer, 201: AppointmentSerializer})
    def post(self, request: Request) -> Response:
        """Note or change a visit: 201 for a new one, 200 for one that was told before. 404 for an unknown patient."""
        wanted = NewAppointmentSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        told = wanted.validated_data
        appointment, is_new = note_appointment(
            patient=_patient(told),
            starts_at=told["starts_at"],
            words=told["words"].strip(),
            foreign_key=told["foreign_key"],
            by=None,
        )
        return Response(AppointmentSerializer(appointment).data, status=201 if is_new else 200)


class OneAppointment(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, appointment_id: UUID) -> Response:  # noqa: ARG002
        """It does not take place. It stays in the list as cancelled; twice is once."""
        rows = Appointment.objects.select_related("patient").filter(source=Appointment.Source.API)
        cancel_appointment(appointment=get_object_or_404(rows, pk=appointment_id), by=None)
        return Response(status=204)


def _patient(told: dict[str, Any]) -> Patient:
    """Raises Http404, or ValidationError where a number is not one patient's alone."""
    if "patient" in told:
        found = get_object_or_404(Patient.objects.select_related("merged_into"), pk=told["patient"])
        return found.merged_into or found
    ids = directory.with_record_number(told["record_number"])
    if not ids:
        raise Http404
    if len(ids) > 1:
        raise ValidationError({"record_number": [NOT_ONE]})
    return Patient.objects.get(pk=ids[0])


def _uuid(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise ValidationError({"patient": ["Not a UUID."]}) from None
