from django.urls import path

from consent import front_desk, views
from consent.desk import choices

app_name = "consent"
OPT_IN = "p/<slug:practice>/front-desk/opt-ins/<uuid:opt_in_id>/"

urlpatterns = [
    path("q/<str:code>", views.qr, name="qr"),
    path("datenschutz/<slug:practice>/", views.privacy_notice_page, name="privacy_notice"),
    path("p/<slug:practice>/front-desk/", front_desk.front_desk, name="front_desk"),
    path("p/<slug:practice>/front-desk/newcomers/", front_desk.newcomers, name="newcomers"),
    path("p/<slug:practice>/front-desk/codes/", front_desk.qr_codes, name="qr_codes"),
    path("p/<slug:practice>/consent/choices/", choices.choices, name="choices"),
    path("p/<slug:practice>/consent/choices/live/", choices.start, name="go_live"),
    path("p/<slug:practice>/consent/choices/data-transfer/", choices.data_transfer, name="data_transfer"),
    path(f"{OPT_IN}candidates/", front_desk.candidates, name="candidates"),
    path(f"{OPT_IN}patient/", front_desk.link_opt_in, name="link_opt_in"),
]
