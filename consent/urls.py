from django.urls import path

from consent import front_desk, views
from consent.desk import codes

app_name = "consent"
OPT_IN = "p/<slug:practice>/front-desk/opt-ins/<uuid:opt_in_id>/"
CODES = "p/<slug:practice>/consent/codes/"

urlpatterns = [
    path("q/<str:code>", views.qr, name="qr"),
    path("datenschutz/<slug:practice>/", views.privacy_notice_page, name="privacy_notice"),
    path("p/<slug:practice>/front-desk/", front_desk.front_desk, name="front_desk"),
    path("p/<slug:practice>/front-desk/newcomers/", front_desk.newcomers, name="newcomers"),
    path("p/<slug:practice>/front-desk/codes/", front_desk.qr_codes, name="qr_codes"),
    path(f"{OPT_IN}candidates/", front_desk.candidates, name="candidates"),
    path(f"{OPT_IN}patient/", front_desk.link_opt_in, name="link_opt_in"),
    path(CODES, codes.codes, name="codes"),
    path(f"{CODES}new/", codes.new_code, name="code_new"),
    path(f"{CODES}<uuid:code_id>/", codes.code, name="code"),
    path(f"{CODES}<uuid:code_id>/details/", codes.details, name="code_details"),
    path(f"{CODES}<uuid:code_id>/rotation/", codes.rotation, name="code_rotation"),
    path(f"{CODES}<uuid:code_id>/revocation/", codes.revocation, name="code_revocation"),
    path(f"{CODES}<uuid:code_id>/print/<slug:format>/", codes.print_code, name="code_print"),
]
