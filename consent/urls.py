from django.urls import path

from consent import front_desk, kiosk_screen, views, widget_page, withdrawal_page
from consent.desk import (
    choices,
    codes,
    documents,
    drafts,
    imports,
    intake,
    kiosks,
    ledgers,
    overview,
    persons,
    releases,
    reviews,
    texts,
    widgets,
    withdrawal,
)

app_name = "consent"
CONSENT = "p/<slug:practice>/consent/"
PERSON = f"{CONSENT}persons/<uuid:contact_id>/"
KIOSK = f"{CONSENT}kiosks/<uuid:kiosk_id>/"
WIDGET = f"{CONSENT}widgets/<uuid:widget_id>/"
IMPORT = f"{CONSENT}imports/<uuid:import_id>/"
OPT_IN = "p/<slug:practice>/front-desk/opt-ins/<uuid:opt_in_id>/"
CODES = f"{CONSENT}codes/"
TEXTS = f"{CONSENT}texts/"
DRAFT = f"{TEXTS}drafts/<uuid:draft_id>/"

urlpatterns = [
    path("q/<str:code>", views.qr, name="qr"),
    path("w/<str:token>", withdrawal_page.withdrawal_page, name="withdrawal_page"),
    path("datenschutz/<slug:practice>/", views.privacy_notice_page, name="privacy_notice"),
    path("p/<slug:practice>/front-desk/", front_desk.front_desk, name="front_desk"),
    path("p/<slug:practice>/front-desk/newcomers/", front_desk.newcomers, name="newcomers"),
    path("p/<slug:practice>/front-desk/codes/", front_desk.qr_codes, name="qr_codes"),
    path("p/<slug:practice>/consent/choices/", choices.choices, name="choices"),
    path("p/<slug:practice>/consent/choices/live/", choices.start, name="go_live"),
    path("p/<slug:practice>/consent/choices/data-transfer/", choices.data_transfer, name="data_transfer"),
    path("p/<slug:practice>/kiosk/", kiosk_screen.kiosk, name="kiosk"),
    path("p/<slug:practice>/kiosk/state/", kiosk_screen.state, name="kiosk_state"),
    path("p/<slug:practice>/kiosk/sw.js", kiosk_screen.worker, name="kiosk_worker"),
    path("p/<slug:practice>/consent/kiosks/", kiosks.kiosks, name="kiosks"),
    path(f"{KIOSK}code/", kiosks.change_code, name="kiosk_code"),
    path(f"{KIOSK}pairing/", kiosks.new_pairing, name="kiosk_pairing"),
    path(f"{KIOSK}revocation/", kiosks.revoke, name="kiosk_revocation"),
    path("widget/<str:token>.js", widget_page.script, name="widget_script"),
    path("widget/<str:token>", widget_page.widget, name="widget"),
    path("p/<slug:practice>/consent/widgets/", widgets.widgets, name="widgets"),
    path(WIDGET, widgets.change, name="widget_change"),
    path(f"{WIDGET}revocation/", widgets.revoke, name="widget_revocation"),
    path(f"{OPT_IN}candidates/", front_desk.candidates, name="candidates"),
    path(f"{OPT_IN}patient/", front_desk.link_opt_in, name="link_opt_in"),
    path(f"{PERSON}withdrawal/", withdrawal.withdrawal, name="withdrawal"),
    path(f"{PERSON}wrong-number/", withdrawal.report_wrong_number, name="wrong_number"),
    path(f"{PERSON}release/", releases.release, name="release"),
    path("p/<slug:practice>/consent/intake/", intake.intake, name="intake"),
    path("p/<slug:practice>/consent/intake/draft/", intake.draft, name="intake_draft"),
    path("p/<slug:practice>/consent/intake/<uuid:event_id>/", intake.taken_down, name="taken_down"),
    path("p/<slug:practice>/consent/documents/<uuid:document_id>/", documents.document, name="document"),
    path(CODES, codes.codes, name="codes"),
    path(f"{CODES}new/", codes.new_code, name="code_new"),
    path(f"{CODES}<uuid:code_id>/", codes.code, name="code"),
    path(f"{CODES}<uuid:code_id>/details/", codes.details, name="code_details"),
    path(f"{CODES}<uuid:code_id>/rotation/", codes.rotation, name="code_rotation"),
    path(f"{CODES}<uuid:code_id>/revocation/", codes.revocation, name="code_revocation"),
    path(f"{CODES}<uuid:code_id>/print/<slug:format>/", codes.print_code, name="code_print"),
    path(f"{CONSENT}imports/", imports.imports, name="imports"),
    path(IMPORT, imports.listing, name="import"),
    path(f"{IMPORT}mapping/", imports.mapping, name="import_mapping"),
    path(f"{IMPORT}reading/", imports.reading, name="import_reading"),
    path(f"{IMPORT}faults.csv", imports.fault_list, name="import_faults"),
    path(f"{IMPORT}carrying-out/", imports.carrying_out, name="import_carrying_out"),
    path(f"{IMPORT}progress/", imports.progress, name="import_progress"),
    path(f"{IMPORT}discarding/", imports.discard, name="import_discarding"),
    path(CONSENT, overview.overview, name="overview"),
    path(PERSON, persons.person, name="person"),
    path(f"{PERSON}proof/", persons.proof, name="proof"),
    path(f"{CONSENT}reviews/", reviews.reviews, name="reviews"),
    path(f"{CONSENT}ledger/checkpoint/", ledgers.newest, name="checkpoint"),
    path(f"{CONSENT}ledger/key/", ledgers.public_key, name="ledger_key"),
    path(f"{CONSENT}ledger/verifier/", ledgers.verifier, name="verifier"),
    path(f"{CONSENT}ledger/look/", ledgers.look, name="ledger_look"),
    path(TEXTS, texts.text_list, name="texts"),
    path(f"{TEXTS}versions/<str:version>/", texts.text_version, name="text_version"),
    path(f"{TEXTS}shown/<uuid:text_id>/", texts.shown_text, name="shown_text"),
    path(f"{TEXTS}renewals/<slug:language>/", texts.text_renewal, name="text_renewal"),
    path(f"{TEXTS}renewals/<slug:language>/run/", texts.text_renewal_run, name="text_renewal_run"),
    path(f"{TEXTS}languages/<slug:language>/drafts/", drafts.text_drafts, name="text_drafts"),
    path(DRAFT, drafts.text_draft, name="text_draft"),
    path(f"{DRAFT}preview/", drafts.text_preview, name="text_preview"),
    path(f"{DRAFT}submission/", drafts.text_submission, name="text_submission"),
    path(f"{DRAFT}return/", drafts.text_return, name="text_return"),
    path(f"{DRAFT}discard/", drafts.text_discard, name="text_discard"),
    path(f"{DRAFT}publication/", drafts.text_publication, name="text_publication"),
]
