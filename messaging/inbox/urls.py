from django.urls import path

from messaging.inbox import access_views, consent_deeds, deeds, media_views, reading_views, search_views, views

app_name = "inbox"
CONVERSATION = "inbox/<uuid:conversation_id>/"
MESSAGE = f"{CONVERSATION}messages/<uuid:message_id>/"

urlpatterns = [
    path("inbox/", views.inbox, name="list"),
    path("inbox/rows/", views.rows, name="rows"),
    path("inbox/tabs/", views.tabs, name="tabs"),
    path("inbox/search/", search_views.search, name="search"),
    path(CONVERSATION, views.open_thread, name="thread"),
    path(f"{CONVERSATION}reason/", reading_views.reason, name="reason"),
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
    path("access/", access_views.month, name="access"),
    path("access/contacts/<uuid:contact_id>/", access_views.who_looked, name="who_looked"),
    path("media/<uuid:media_id>/", media_views.media, name="media"),
    path("media/<uuid:media_id>/fetching/", media_views.fetch_again, name="fetching"),
]
