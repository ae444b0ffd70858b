"""Who may use which address: the one place where every route is declared.

A new route is added here with its method, the roles it lets in and what it answers them. `rows` makes rows of the
practice in scope for routes with ids (tests/guards/route_rows.py), so that the page is really shown to members and
tried with foreign ids by others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from practices.access import EVERYBODY, LEADERS, SENDERS
from practices.models import Role
from tests.guards.route_rows import (
    a_consent,
    a_contact,
    a_conversation,
    a_draft,
    a_file,
    a_kiosk,
    a_label,
    a_linked_patient,
    a_list,
    a_merge,
    a_message,
    a_paper,
    a_patient,
    a_protected_document,
    a_qr_code,
    a_rights_request,
    a_saved_reply,
    a_shown_text,
    a_task,
    a_template,
    a_view_of_somebody,
    a_widget,
    an_appointment,
    an_upload_invitation,
    two_records,
)

Ids = Mapping[str, UUID]


@dataclass(frozen=True)
class Public:
    """Anybody may; `answers` is what somebody unknown gets without any content (a token that leads nowhere)."""

    method: str = "GET"
    answers: int = 200
    instead_of_form_token: str = ""  # what keeps other sites from posting, if it is not Django's token


@dataclass(frozen=True)
class Personal:
    """Whoever has logged in may, outside a practice."""

    method: str = "GET"
    answers: int = 200


@dataclass(frozen=True)
class OfPractice:
    """Below /p/<practice>/: members with one of these roles may, others get 403, strangers 404."""

    roles: frozenset[Role]
    method: str = "GET"
    answers: int = 200
    rows: Callable[[], Ids] | None = None  # the ids of the address, by argument
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Api:
    """Answers 401 without a practice's token and needs no form token."""

    method: str = "GET"


Route = Public | Personal | OfPractice | Api

ROUTES: dict[str, tuple[Route, ...]] = {
    "healthz": (Public(),),
    "readyz": (Public(),),
    "practices:home": (Public(answers=302),),
    "practices:login": (Public(), Public("POST", answers=422)),
    "practices:login_code": (Public(answers=302), Public("POST", answers=302)),
    "practices:logout": (Public("POST", answers=302),),
    "practices:language": (Public("POST", answers=302),),
    "practices:choose_practice": (Personal(),),
    "practices:manifest": (Public(),),
    "practices:worker": (Public(),),
    "practices:offline": (Public(),),
    "practices:shield": (Personal("POST", answers=302),),
    "practices:shield_release": (Personal("POST", answers=422),),
    "practices:workplace": (Public(), Public("POST", answers=422)),
    "me:page": (OfPractice(EVERYBODY), OfPractice(EVERYBODY, "POST", answers=422)),
    "me:look": (OfPractice(EVERYBODY, "POST", answers=302),),
    "me:pin": (OfPractice(EVERYBODY, "POST", answers=422),),
    "me:escalation": (OfPractice(LEADERS, "POST", answers=422),),
    "schema": (Public(),),
    "api:me": (Api(),),
    "api:contacts": (Api(),),
    "api:conversations": (Api(),),
    "api:messages": (Api(), Api("POST")),
    "api:templates": (Api(),),
    "api:patients": (Api(),),
    "api:appointments": (Api(), Api("POST")),
    "api:appointment": (Api("DELETE"),),
    "consent:qr": (
        Public(answers=404),
        Public("POST", answers=404, instead_of_form_token="the signed form id (consent/form_ids.py)"),
    ),
    "consent:privacy_notice": (Public(),),
    "consent:kiosk": (Public(), Public("POST", answers=422)),
    "consent:kiosk_state": (
        Public("POST", answers=410, instead_of_form_token="the tablet's own cookie, SameSite=Strict"),
    ),
    "consent:kiosk_worker": (Public(),),
    "consent:kiosks": (OfPractice(LEADERS), OfPractice(LEADERS, "POST", answers=422)),
    "consent:kiosk_code": (OfPractice(LEADERS, "POST", answers=422, rows=a_kiosk),),
    "consent:kiosk_pairing": (OfPractice(LEADERS, "POST", rows=a_kiosk),),
    "consent:kiosk_revocation": (OfPractice(LEADERS, "POST", answers=302, rows=a_kiosk),),
    "consent:widget": (
        Public(answers=404),
        Public("POST", answers=404, instead_of_form_token="the signed form id (consent/form_ids.py)"),
    ),
    "consent:widget_script": (Public(answers=404),),
    "consent:widgets": (OfPractice(LEADERS), OfPractice(LEADERS, "POST", answers=422)),
    "consent:widget_change": (OfPractice(LEADERS, "POST", answers=422, rows=a_widget),),
    "consent:widget_revocation": (OfPractice(LEADERS, "POST", answers=302, rows=a_widget),),
    "consent:front_desk": (OfPractice(EVERYBODY),),
    "consent:newcomers": (OfPractice(EVERYBODY),),
    "consent:candidates": (OfPractice(SENDERS, "POST", answers=404),),
    "consent:link_opt_in": (OfPractice(SENDERS, "POST", answers=404),),
    "consent:qr_codes": (OfPractice(LEADERS, "POST", answers=302),),
    "consent:choices": (OfPractice(LEADERS), OfPractice(LEADERS, "POST", answers=422)),
    "consent:go_live": (OfPractice(frozenset({Role.OWNER}), "POST", answers=422),),
    "consent:data_transfer": (OfPractice(LEADERS, "POST", answers=422),),
    "consent:withdrawal_page": (
        Public(answers=404),
        Public("POST", answers=404, instead_of_form_token="the token itself, 128 random bits"),
    ),
    "consent:withdrawal": (
        OfPractice(SENDERS, rows=a_contact),
        OfPractice(SENDERS, "POST", answers=422, rows=a_contact),
    ),
    "consent:wrong_number": (OfPractice(SENDERS, "POST", answers=422, rows=a_contact),),
    "consent:release": (
        OfPractice(LEADERS, rows=a_contact),
        OfPractice(LEADERS, "POST", answers=303, rows=a_contact),
    ),
    "consent:intake": (OfPractice(SENDERS), OfPractice(SENDERS, "POST", answers=422)),
    "consent:intake_draft": (OfPractice(SENDERS, "POST"),),
    "consent:taken_down": (OfPractice(SENDERS, rows=a_consent),),
    "consent:document": (OfPractice(SENDERS, answers=404, rows=a_paper),),  # its file is not there
    "consent:codes": (OfPractice(EVERYBODY),),
    "consent:code_new": (OfPractice(LEADERS), OfPractice(LEADERS, "POST", answers=422)),
    "consent:code": (OfPractice(EVERYBODY, rows=a_qr_code),),
    "consent:code_details": (OfPractice(LEADERS, "POST", answers=422, rows=a_qr_code),),
    "consent:code_rotation": (OfPractice(LEADERS, "POST", answers=302, rows=a_qr_code),),
    "consent:code_revocation": (OfPractice(LEADERS, "POST", answers=302, rows=a_qr_code),),
    "consent:code_print": (OfPractice(EVERYBODY, answers=404, rows=a_qr_code),),
    "consent:imports": (OfPractice(LEADERS), OfPractice(LEADERS, "POST", answers=422)),
    "consent:import": (OfPractice(LEADERS, rows=a_list),),
    "consent:import_mapping": (
        OfPractice(LEADERS, rows=a_list),
        OfPractice(LEADERS, "POST", answers=422, rows=a_list),
    ),
    "consent:import_reading": (OfPractice(LEADERS, "POST", answers=302, rows=a_list),),
    "consent:import_faults": (OfPractice(LEADERS, rows=a_list),),
    "consent:import_carrying_out": (
        OfPractice(LEADERS, rows=a_list),
        OfPractice(LEADERS, "POST", answers=302, rows=a_list),
    ),
    "consent:import_progress": (OfPractice(LEADERS, rows=a_list),),
    "consent:import_discarding": (OfPractice(LEADERS, "POST", answers=302, rows=a_list),),
    "consent:overview": (OfPractice(EVERYBODY),),
    "consent:person": (OfPractice(EVERYBODY, rows=a_contact),),
    "consent:proof": (OfPractice(SENDERS, "POST", rows=a_contact),),
    "consent:shown_text": (OfPractice(EVERYBODY, rows=a_shown_text),),
    "consent:reviews": (OfPractice(SENDERS),),
    "consent:checkpoint": (OfPractice(EVERYBODY, answers=404),),  # nothing was signed yet
    "consent:ledger_key": (OfPractice(EVERYBODY, answers=404),),
    "consent:verifier": (OfPractice(EVERYBODY),),
    "consent:ledger_look": (OfPractice(LEADERS, "POST", answers=302),),
    "consent:texts": (OfPractice(EVERYBODY),),
    "consent:text_version": (OfPractice(EVERYBODY, answers=404),),
    "consent:text_renewal": (OfPractice(SENDERS, answers=404),),  # nothing was renewed
    "consent:text_renewal_run": (OfPractice(LEADERS, "POST", answers=404),),
    "consent:text_drafts": (OfPractice(LEADERS, "POST", answers=404),),  # no such language
    "consent:text_draft": (
        OfPractice(LEADERS, rows=a_draft),
        OfPractice(LEADERS, "POST", answers=302, rows=a_draft),
    ),
    "consent:text_preview": (OfPractice(LEADERS, "POST", rows=a_draft),),
    "consent:text_submission": (OfPractice(LEADERS, "POST", answers=422, rows=a_draft),),
    "consent:text_return": (OfPractice(LEADERS, "POST", answers=409, rows=a_draft),),
    "consent:text_discard": (OfPractice(LEADERS, "POST", answers=302, rows=a_draft),),
    "consent:text_publication": (OfPractice(LEADERS, "POST", answers=409, rows=a_draft),),
    "patients:list": (OfPractice(EVERYBODY),),
    "patients:search": (OfPractice(EVERYBODY, "POST"),),
    "patients:blocked": (OfPractice(EVERYBODY),),
    "patients:new": (OfPractice(SENDERS), OfPractice(SENDERS, "POST", answers=422)),
    "patients:patient": (OfPractice(EVERYBODY, rows=a_patient),),
    "patients:reason": (OfPractice(EVERYBODY, "POST", answers=303, rows=a_patient),),
    "patients:details": (
        OfPractice(SENDERS, rows=a_patient),
        OfPractice(SENDERS, "POST", answers=422, rows=a_patient),
    ),
    "patients:appointments": (OfPractice(SENDERS, "POST", answers=422, rows=a_patient),),
    "patients:cancellation": (OfPractice(SENDERS, "POST", answers=303, rows=an_appointment),),
    "patients:second_record": (
        OfPractice(SENDERS, rows=a_patient),
        OfPractice(SENDERS, "POST", rows=a_patient),
    ),
    "patients:join": (
        OfPractice(SENDERS, rows=two_records),
        OfPractice(SENDERS, "POST", answers=303, rows=two_records),
    ),
    "patients:parting": (OfPractice(SENDERS, "POST", answers=303, rows=a_merge),),
    "patients:link": (
        OfPractice(SENDERS, rows=a_conversation),
        OfPractice(SENDERS, "POST", answers=422, rows=a_conversation),
    ),
    "patients:candidates": (OfPractice(SENDERS, "POST", rows=a_conversation),),
    "patients:unlinking": (OfPractice(SENDERS, "POST", answers=303, rows=a_linked_patient),),
    "patients:blocking": (OfPractice(SENDERS, "POST", answers=422, rows=a_conversation),),
    "inbox:list": (OfPractice(EVERYBODY),),
    "inbox:rows": (OfPractice(EVERYBODY),),
    "inbox:alerts": (OfPractice(EVERYBODY),),
    "inbox:people": (OfPractice(EVERYBODY, "POST"),),
    "inbox:tabs": (OfPractice(EVERYBODY),),
    "inbox:order": (OfPractice(EVERYBODY, "POST", answers=303),),
    "inbox:panel": (OfPractice(EVERYBODY, "POST", answers=204),),
    "inbox:views": (OfPractice(EVERYBODY), OfPractice(EVERYBODY, "POST", answers=422)),
    "inbox:view_name": (OfPractice(EVERYBODY, "POST", answers=404, rows=a_view_of_somebody),),
    "inbox:view_sharing": (OfPractice(EVERYBODY, "POST", answers=404, rows=a_view_of_somebody),),
    "inbox:view_deletion": (OfPractice(EVERYBODY, "POST", answers=404, rows=a_view_of_somebody),),
    "inbox:urgent_words": (OfPractice(LEADERS), OfPractice(LEADERS, "POST", answers=303)),
    "inbox:thread": (OfPractice(EVERYBODY, rows=a_conversation),),
    "inbox:undoing": (OfPractice(SENDERS, "POST", answers=303),),
    "inbox:bulk": (OfPractice(SENDERS), OfPractice(SENDERS, "POST", answers=303, fields={"done": "1"})),
    "inbox:everybody": (OfPractice(EVERYBODY),),
    "inbox:team_counts": (OfPractice(EVERYBODY),),
    "inbox:handover": (OfPractice(SENDERS), OfPractice(SENDERS, "POST", answers=422)),
    "inbox:mentions": (OfPractice(EVERYBODY),),
    "inbox:mention": (OfPractice(EVERYBODY, "POST", answers=404),),  # nobody else's, whatever the role
    "inbox:tasks": (OfPractice(EVERYBODY),),
    "inbox:completion": (
        OfPractice(SENDERS, "POST", answers=303, rows=a_task),
        OfPractice(SENDERS, "DELETE", answers=303, rows=a_task),
    ),
    "inbox:labels": (OfPractice(LEADERS), OfPractice(LEADERS, "POST", answers=422)),
    "inbox:label": (OfPractice(LEADERS, "POST", answers=422, rows=a_label),),
    "inbox:label_archive": (OfPractice(LEADERS, "POST", answers=303, rows=a_label),),
    "inbox:label_position": (OfPractice(LEADERS, "POST", answers=303, rows=a_label),),
    "inbox:assignment": (
        OfPractice(SENDERS, rows=a_conversation),
        OfPractice(SENDERS, "POST", answers=303, rows=a_conversation, fields={"to": "me"}),
    ),
    "inbox:snooze": (
        OfPractice(SENDERS, rows=a_conversation),
        OfPractice(SENDERS, "POST", answers=303, rows=a_conversation, fields={"choice": "hour"}),
    ),
    "inbox:label_links": (
        OfPractice(SENDERS, rows=a_conversation),
        OfPractice(SENDERS, "POST", answers=404, rows=a_conversation),
    ),
    "inbox:notes": (
        OfPractice(EVERYBODY, rows=a_conversation),
        OfPractice(EVERYBODY, "POST", answers=422, rows=a_conversation),
    ),
    "inbox:note_draft": (OfPractice(EVERYBODY, "POST", rows=a_conversation),),
    "inbox:new_task": (
        OfPractice(SENDERS, rows=a_conversation),
        OfPractice(SENDERS, "POST", answers=303, rows=a_conversation),
    ),
    "inbox:presence": (OfPractice(EVERYBODY, "POST", answers=204, rows=a_conversation, fields={"state": "viewing"}),),
    "inbox:search": (OfPractice(EVERYBODY), OfPractice(EVERYBODY, "POST")),
    "inbox:access": (OfPractice(LEADERS),),
    "inbox:who_looked": (OfPractice(LEADERS, rows=a_contact),),
    "inbox:reason": (OfPractice(EVERYBODY, "POST", answers=303, rows=a_conversation),),
    "inbox:row": (OfPractice(EVERYBODY, rows=a_conversation),),
    "inbox:seen_by": (OfPractice(EVERYBODY, rows=a_conversation),),
    "inbox:older": (OfPractice(EVERYBODY, answers=404, rows=a_conversation),),  # older than nothing
    "inbox:later": (OfPractice(EVERYBODY, answers=404, rows=a_conversation),),  # behind nothing
    "inbox:newer": (OfPractice(EVERYBODY, rows=a_conversation),),
    "inbox:beside": (OfPractice(EVERYBODY, rows=a_conversation),),
    "inbox:reply": (OfPractice(SENDERS, "POST", answers=422, rows=a_conversation),),
    "inbox:draft": (OfPractice(SENDERS, "POST", rows=a_conversation),),
    "inbox:retraction": (OfPractice(SENDERS, "POST", answers=422, rows=a_conversation),),
    "inbox:files": (OfPractice(SENDERS, "POST", answers=422, rows=a_conversation),),
    "inbox:file": (
        OfPractice(SENDERS, "POST", answers=303, rows=a_conversation),
        OfPractice(SENDERS, "DELETE", answers=204, rows=a_conversation),
    ),
    "inbox:replies": (OfPractice(SENDERS, rows=a_conversation),),
    "inbox:emoji": (OfPractice(SENDERS),),
    "inbox:saved_replies": (OfPractice(SENDERS), OfPractice(SENDERS, "POST", answers=422)),
    "inbox:saved_reply": (
        OfPractice(SENDERS, rows=a_saved_reply),
        OfPractice(SENDERS, "POST", answers=422, rows=a_saved_reply),
    ),
    "inbox:saved_reply_archive": (OfPractice(LEADERS, "POST", answers=303, rows=a_saved_reply),),
    "inbox:closure": (
        OfPractice(SENDERS, "POST", answers=303, rows=a_conversation),
        OfPractice(SENDERS, "DELETE", answers=303, rows=a_conversation),
    ),
    "inbox:seen": (OfPractice(SENDERS, "POST", answers=204, rows=a_conversation),),
    "inbox:number": (OfPractice(SENDERS, "POST", rows=a_conversation),),
    "inbox:number_request": (OfPractice(SENDERS, "POST", answers=422, rows=a_conversation),),
    "inbox:number_rejection": (OfPractice(SENDERS, "POST", answers=303, rows=a_conversation),),
    "inbox:templates": (OfPractice(SENDERS, "POST", answers=204, rows=a_conversation),),
    "inbox:preview": (OfPractice(SENDERS, "POST", rows=a_template),),
    "inbox:person": (OfPractice(SENDERS, "POST", answers=303, rows=a_conversation),),
    "inbox:neutral_reply": (OfPractice(SENDERS, "POST", answers=422, rows=a_conversation),),
    "inbox:consent_question": (OfPractice(SENDERS, "POST", answers=303, rows=a_conversation),),
    "inbox:possible_withdrawal": (OfPractice(SENDERS, "POST", answers=400, rows=a_conversation),),
    "inbox:rights_settlement": (OfPractice(LEADERS, "POST", answers=303, rows=a_rights_request),),
    "inbox:message": (OfPractice(EVERYBODY, rows=a_message),),
    "inbox:settle": (OfPractice(SENDERS, "POST", answers=303, rows=a_message),),
    "inbox:resend": (OfPractice(SENDERS, "POST", answers=422, rows=a_message),),
    "inbox:reaction": (OfPractice(SENDERS, "POST", answers=400, rows=a_message),),
    "inbox:documents": (
        OfPractice(SENDERS, rows=a_conversation),
        OfPractice(SENDERS, "POST", answers=422, rows=a_conversation),
    ),
    "inbox:document_file": (OfPractice(EVERYBODY, answers=404, rows=a_protected_document),),  # its file is not there
    "inbox:document_revocation": (OfPractice(SENDERS, "POST", answers=303, rows=a_protected_document),),
    "inbox:upload_invitations": (
        OfPractice(SENDERS, rows=a_conversation),
        OfPractice(SENDERS, "POST", answers=422, rows=a_conversation),
    ),
    "inbox:invitation_revocation": (OfPractice(SENDERS, "POST", answers=303, rows=an_upload_invitation),),
    "documents:document": (
        Public(answers=404),
        Public("POST", answers=404, instead_of_form_token="the token itself, 128 random bits"),
    ),
    "documents:document_file": (Public(answers=404),),
    "documents:upload": (
        Public(answers=404),
        Public("POST", answers=404, instead_of_form_token="the token itself, 128 random bits"),
    ),
    "inbox:media": (OfPractice(EVERYBODY, answers=404, rows=a_file),),
    "inbox:media_preview": (OfPractice(EVERYBODY, answers=404, rows=a_file),),
    "inbox:fetching": (OfPractice(SENDERS, "POST", answers=303, rows=a_file),),
}
