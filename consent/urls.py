from django.urls import path

from consent import front_desk, views
from consent.desk import ledgers, overview, persons, reviews

app_name = "consent"
CONSENT = "p/<slug:practice>/consent/"
PERSON = f"{CONSENT}persons/<uuid:contact_id>/"
OPT_IN = "p/<slug:practice>/front-desk/opt-ins/<uuid:opt_in_id>/"

urlpatterns = [
    path("q/<str:code>", views.qr, name="qr"),
    path("datenschutz/<slug:practice>/", views.privacy_notice_page, name="privacy_notice"),
    path("p/<slug:practice>/front-desk/", front_desk.front_desk, name="front_desk"),
    path("p/<slug:practice>/front-desk/newcomers/", front_desk.newcomers, name="newcomers"),
    path("p/<slug:practice>/front-desk/codes/", front_desk.qr_codes, name="qr_codes"),
    path(f"{OPT_IN}candidates/", front_desk.candidates, name="candidates"),
    path(f"{OPT_IN}patient/", front_desk.link_opt_in, name="link_opt_in"),
    path(CONSENT, overview.overview, name="overview"),
    path(PERSON, persons.person, name="person"),
    path(f"{PERSON}proof/", persons.proof, name="proof"),
    path(f"{CONSENT}texts/<uuid:text_id>/shown/", persons.shown_text, name="shown_text"),
    path(f"{CONSENT}reviews/", reviews.reviews, name="reviews"),
    path(f"{CONSENT}ledger/checkpoint/", ledgers.newest, name="checkpoint"),
    path(f"{CONSENT}ledger/key/", ledgers.public_key, name="ledger_key"),
    path(f"{CONSENT}ledger/verifier/", ledgers.verifier, name="verifier"),
    path(f"{CONSENT}ledger/look/", ledgers.look, name="ledger_look"),
]
