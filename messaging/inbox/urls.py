from django.urls import path

from messaging.inbox import consent_deeds, deeds, document_deeds, media_views, views

app_name = "inbox"
CONVERSATION = "inbox/<uuid:conversation_id>/"
MESSAGE = f"{CONVERSATION}messages/<uuid:message_id>/"
DOCUMENT = f"{CONVERSATION}documents/<uuid:document_id>/"
INVITATION = f"{CONVERSATION}upload-invitations/"

urlpatterns = [
    path("inbox/", views.inbox, name="list"),
    path("inbox/rows/", views.rows, name="rows"),
    path("inbox/tabs/", views.tabs, name="tabs"),
    path(CONVERSATION, views.open_thread, name="thread"),
    path(f"{CONVERSATION}row/", views.row, name="row"),
    path(f"{CONVERSATION}older/", views.older, name="older"),
    path(f"{CONVERSATION}newer/", views.newer, name="newer"),
    path(f"{CONVERSATION}reply/", deeds.reply, name="reply"),
    path(f"{CONVERSATION}closure/", deeds.closure, name="closure"),
    path(f"{CONVERSATION}seen/", deeds.seen, name="seen"),
    path(f"{CONVERSATION}number/", deeds.number, name="number"),
    path(f"{CONVERSATION}templates/<uuid:template_id>/preview/", deeds.preview, name="preview"),
    path(f"{CONVERSATION}person/", deeds.confirm_person, name="person"),
    path(f"{CONVERSATION}neutral-reply/", consent_deeds.neutral_reply, name="neutral_reply"),
    path(f"{CONVERSATION}consent-question/", consent_deeds.consent_question, name="consent_question"),
    path(f"{CONVERSATION}possible-withdrawal/", consent_deeds.possible_withdrawal, name="possible_withdrawal"),
    path(f"{CONVERSATION}requests/<uuid:request_id>/settlement/", consent_deeds.settlement, name="rights_settlement"),
    path(MESSAGE, views.message, name="message"),
    path(f"{MESSAGE}settlement/", deeds.settle, name="settle"),
    path(f"{MESSAGE}resending/", deeds.resend, name="resend"),
    path(f"{MESSAGE}reaction/", deeds.reaction, name="reaction"),
    path(f"{CONVERSATION}documents/", document_deeds.documents, name="documents"),
    path(f"{DOCUMENT}media/", document_deeds.document_file, name="document_file"),
    path(f"{DOCUMENT}revocation/", document_deeds.document_revocation, name="document_revocation"),
    path(INVITATION, document_deeds.upload_invitations, name="upload_invitations"),
    path(
        f"{INVITATION}<uuid:invitation_id>/revocation/",
        document_deeds.invitation_revocation,
        name="invitation_revocation",
    ),
    path("media/<uuid:media_id>/", media_views.media, name="media"),
    path("media/<uuid:media_id>/fetching/", media_views.fetch_again, name="fetching"),
]
