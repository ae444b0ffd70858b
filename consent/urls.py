from django.urls import path

from consent import front_desk, views
from consent.desk import drafts as text_drafts
from consent.desk import texts as text_pages

app_name = "consent"
OPT_IN = "p/<slug:practice>/front-desk/opt-ins/<uuid:opt_in_id>/"
TEXTS = "p/<slug:practice>/consent/texts/"
DRAFT = f"{TEXTS}drafts/<uuid:draft_id>/"

urlpatterns = [
    path("q/<str:code>", views.qr, name="qr"),
    path("datenschutz/<slug:practice>/", views.privacy_notice_page, name="privacy_notice"),
    path("p/<slug:practice>/front-desk/", front_desk.front_desk, name="front_desk"),
    path("p/<slug:practice>/front-desk/newcomers/", front_desk.newcomers, name="newcomers"),
    path("p/<slug:practice>/front-desk/codes/", front_desk.qr_codes, name="qr_codes"),
    path(f"{OPT_IN}candidates/", front_desk.candidates, name="candidates"),
    path(f"{OPT_IN}patient/", front_desk.link_opt_in, name="link_opt_in"),
    path(TEXTS, text_pages.text_list, name="texts"),
    path(f"{TEXTS}versions/<str:version>/", text_pages.text_version, name="text_version"),
    path(f"{TEXTS}shown/<uuid:text_id>/", text_pages.text_shown, name="text_shown"),
    path(f"{TEXTS}renewals/<slug:language>/", text_pages.text_renewal, name="text_renewal"),
    path(f"{TEXTS}renewals/<slug:language>/run/", text_pages.text_renewal_run, name="text_renewal_run"),
    path(f"{TEXTS}languages/<slug:language>/drafts/", text_drafts.text_drafts, name="text_drafts"),
    path(DRAFT, text_drafts.text_draft, name="text_draft"),
    path(f"{DRAFT}preview/", text_drafts.text_preview, name="text_preview"),
    path(f"{DRAFT}submission/", text_drafts.text_submission, name="text_submission"),
    path(f"{DRAFT}return/", text_drafts.text_return, name="text_return"),
    path(f"{DRAFT}discard/", text_drafts.text_discard, name="text_discard"),
    path(f"{DRAFT}publication/", text_drafts.text_publication, name="text_publication"),
]
