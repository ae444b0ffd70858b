from django.urls import path

from messaging.inbox.records import asking, deeds, joining, linking, listing, page

app_name = "patients"
PATIENT = "patients/<uuid:patient_id>/"
CONVERSATION = "inbox/<uuid:conversation_id>/"

urlpatterns = [
    path("patients/", listing.patient_list, name="list"),
    path("patients/search/", listing.search, name="search"),
    path("patients/new/", deeds.new, name="new"),
    path("patients/blocked/", listing.blocked, name="blocked"),
    path(PATIENT, page.patient, name="patient"),
    path(f"{PATIENT}reason/", asking.reason, name="reason"),
    path(f"{PATIENT}details/", deeds.details, name="details"),
    path(f"{PATIENT}appointments/", deeds.appointments, name="appointments"),
    path(f"{PATIENT}appointments/<uuid:appointment_id>/cancellation/", deeds.cancellation, name="cancellation"),
    path(f"{PATIENT}second-record/", joining.second_record, name="second_record"),
    path(f"{PATIENT}second-record/<uuid:other_id>/", joining.join, name="join"),
    path("patients/merges/<uuid:merge_id>/parting/", joining.parting, name="parting"),
    path(f"{CONVERSATION}patient/", linking.link, name="link"),
    path(f"{CONVERSATION}patient/candidates/", linking.candidates, name="candidates"),
    path(f"{CONVERSATION}patients/<uuid:patient_id>/unlinking/", linking.unlinking, name="unlinking"),
    path(f"{CONVERSATION}block/", linking.blocking, name="blocking"),
]
