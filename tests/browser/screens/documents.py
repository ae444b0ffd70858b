"""Secure documents, at the practice and on the patient's phone."""

from tests.browser import documents
from tests.browser.screens.screen import Screen, of_patient

SCREENS = (
    Screen("document-form", documents.form),
    Screen("document-form-empty", documents.empty_form),
    Screen("document-form-asked", documents.asked_form),
    Screen("document-form-family", documents.form_of_family),
    Screen("document-form-refused", documents.refused_form),
    Screen("document-pin", documents.a_pin),
    Screen("invitation-form", documents.invitation_form),
    Screen("document-page", documents.question),
    Screen("document-page-wrong", documents.wrong),
    Screen("document-page-locked", documents.locked),
    Screen("document-page-arabic", documents.in_arabic),
    Screen("document-opened", documents.opened),
    Screen("document-opened-picture", documents.opened_picture),
    Screen("document-gone", of_patient("/d/AAAAAAAAAAAAAAAAAAAAAA")),
    Screen("upload-question", documents.upload_question),
    Screen("upload-page", documents.upload_page),
    Screen("upload-received", documents.handed_in),
    Screen("upload-refused", documents.refused_upload),
    Screen("thread-documents", documents.receipts),
)
