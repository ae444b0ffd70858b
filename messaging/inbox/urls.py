from django.urls import path

from messaging.inbox import alerts, consent_deeds, deeds, list_deeds, media_views, views

app_name = "inbox"
CONVERSATION = "inbox/<uuid:conversation_id>/"
VIEW = "inbox/views/<uuid:view_id>/"
MESSAGE = f"{CONVERSATION}messages/<uuid:message_id>/"

urlpatterns = [
    path("inbox/", views.inbox, name="list"),
    path("inbox/rows/", views.rows, name="rows"),
    path("inbox/alerts/", alerts.alerts, name="alerts"),
    path("inbox/people/", alerts.found_people, name="people"),
    path("inbox/tabs/", views.tabs, name="tabs"),
    path("inbox/order/", list_deeds.order, name="order"),
    path("inbox/views/", list_deeds.views, name="views"),
    path(f"{VIEW}name/", list_deeds.rename_view, name="view_name"),
    path(f"{VIEW}sharing/", list_deeds.share_view, name="view_sharing"),
    path(f"{VIEW}deletion/", list_deeds.delete_view, name="view_deletion"),
    path("inbox/urgent-words/", list_deeds.urgent_words, name="urgent_words"),
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
    path("media/<uuid:media_id>/", media_views.media, name="media"),
    path("media/<uuid:media_id>/fetching/", media_views.fetch_again, name="fetching"),
]
