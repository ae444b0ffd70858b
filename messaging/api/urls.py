from django.urls import path

from messaging.api import views

app_name = "api"
urlpatterns = [
    path("me/", views.Me.as_view(), name="me"),
    path("contacts/", views.Contacts.as_view(), name="contacts"),
    path("conversations/", views.Conversations.as_view(), name="conversations"),
    path("conversations/<uuid:conversation_id>/messages/", views.Messages.as_view(), name="messages"),
    path("templates/", views.Templates.as_view(), name="templates"),
]
