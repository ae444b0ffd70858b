from django.urls import path

from messaging.api import patients, views

app_name = "api"
urlpatterns = [
    path("me/", views.Me.as_view(), name="me"),
    path("contacts/", views.Contacts.as_view(), name="contacts"),
    path("conversations/", views.Conversations.as_view(), name="conversations"),
    path("conversations/<uuid:conversation_id>/messages/", views.Messages.as_view(), name="messages"),
    path("patients/", patients.Patients.as_view(), name="patients"),
    path("appointments/", patients.Appointments.as_view(), name="appointments"),
    path("appointments/<uuid:appointment_id>/", patients.OneAppointment.as_view(), name="appointment"),
    path("templates/", views.Templates.as_view(), name="templates"),
]
