from django.urls import path

from messaging.inbox import composer_deeds, composer_replies, consent_deeds, deeds, media_views, views

app_name = "inbox"
CONVERSATION = "inbox/<uuid:conversation_id>/"
MESSAGE = f"{CONVERSATION}messages/<uuid:message_id>/"

urlpatterns = [
    path("inbox/", views.inbox, name="list"),
    path("inbox/rows/", views.rows, name="rows"),
    path("inbox/tabs/", views.tabs, name="tabs"),
    path(CONVERSATION, views.open_thread, name="thread"),
    path(f"{CONVERSATION}row/", views.row, name="row"),
    path(f"{CONVERSATION}older/", views.older, name="older"),
    path(f"{CONVERSATION}newer/", views.newer, name="newer"),
    path(f"{CONVERSATION}reply/", deeds.reply, name="reply"),
    path(f"{CONVERSATION}draft/", composer_deeds.draft, name="draft"),
    path(f"{CONVERSATION}retraction/", composer_deeds.retraction, name="retraction"),
    path(f"{CONVERSATION}files/", composer_deeds.files, name="files"),
    path(f"{CONVERSATION}files/<uuid:file_id>/", composer_deeds.file, name="file"),
    path(f"{CONVERSATION}saved-replies/", composer_deeds.replies, name="replies"),
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
    path("inbox/emoji/", composer_deeds.emoji, name="emoji"),
    path("inbox/saved-replies/", composer_replies.saved, name="saved_replies"),
    path("inbox/saved-replies/<uuid:reply_id>/", composer_replies.saved_one, name="saved_reply"),
    path("inbox/saved-replies/<uuid:reply_id>/archive/", composer_replies.archive, name="saved_reply_archive"),
    path("media/<uuid:media_id>/", media_views.media, name="media"),
    path("media/<uuid:media_id>/preview/", media_views.preview, name="media_preview"),
    path("media/<uuid:media_id>/fetching/", media_views.fetch_again, name="fetching"),
]
