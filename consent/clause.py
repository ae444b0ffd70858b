"""Text B, the clause of the Anamnesebogen (door 8). Its form comes with the Anamnese; what must hold stands here.

It is a section of its own, after the medical part, and may be left empty: then nothing is written, and nothing else in
the form may depend on it (C-03). The number was only typed, so all stays pending until the person taps or writes from
it (C-07). What is kept in clear names no number; the sealed evidence has it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from consent import ledger
from consent.editions import current_set
from consent.ledger import PATIENT, Actor, Type, find_act
from consent.models import Channel, ConsentEvent, ConsentText, ConsentTrace
from consent.purposes import Purpose
from consent.qr_codes import offered_by
from consent.rendering import Rendered, render
from consent.states import apply
from consent.texts import ClauseText
from consent.wording import keep_text, practice_in_scope, values_for
from patients.models import Contact, Patient
from practices.live import changed
from practices.models import Practice
from practices.refusal import Refusal

UNNAMED_NUMBER = "________"


class PurposeNotOffered(Refusal):
    """The form brought back a purpose it did not show; nothing is stored."""

    reason = "purpose_not_offered"

    def __init__(self) -> None:
        super().__init__(
            _("Diese Auswahl gibt es im Formular nicht. Es wurde nichts gespeichert."),
            next_step=_("Öffnen Sie das Formular noch einmal."),
        )


@dataclass(frozen=True, kw_only=True)
class ClauseAnswer:
    """What a person ticked. `sent_at` is when the form was sent, as its row keeps it: told twice, it is one act."""

    form_id: UUID
    ticked: frozenset[Purpose]
    text: ConsentText  # the version that was shown (`clause_text`)
    sent_at: datetime
    network: str = ""
    browser: str = ""


def clause(practice: Practice, language: str, number: str) -> Rendered[ClauseText]:
    """Text B as the person reads it, with the number it typed and the boxes the practice offers."""
    shown_now = current_set(language)
    offered = offered_by(practice)
    choices = tuple(choice for choice in shown_now.clause.purposes if choice.purpose in offered)
    return render(
        replace(shown_now.clause, purposes=choices), values_for(practice, shown_now) | {"handynummer": number}
    )


def clause_text(practice: Practice, language: str) -> ConsentText:
    """The row of the version that is shown now."""
    shown_now = current_set(language)
    rendered = clause(practice, language, UNNAMED_NUMBER)
    return keep_text(ConsentText.Kind.ANAMNESE, shown_now.version, shown_now.language, rendered.text)


@transaction.atomic
def submit_clause(
    *, contact: Contact, answer: ClauseAnswer, patient: Patient | None = None, actor: Actor = PATIENT
) -> ConsentEvent | None:
    """Write down what was ticked, pending; None if nothing was. Raises PurposeNotOffered.

    `patient` is whom it concerns, None for the contact itself.
    """
    if not answer.ticked <= set(offered_by(practice_in_scope())):
        raise PurposeNotOffered
    if not answer.ticked:
        return None
    held = Contact.objects.filter(pk=contact.pk).locked().get()
    if told := find_act(Type.GRANTED, answer.sent_at, str(answer.form_id)):
        return told
    event = _book(held, answer, patient, actor)
    apply(event)
    changed("contact", held.pk)
    return event


def _book(contact: Contact, answer: ClauseAnswer, patient: Patient | None, actor: Actor) -> ConsentEvent:
    event = ledger.append(
        type=Type.GRANTED,
        channel=Channel.ANAMNESE_WEB,
        contact=contact,
        patient=patient,
        text=answer.text,
        notice_version=answer.text.version,
        purposes={purpose: purpose in answer.ticked for purpose in Purpose},
        actor=actor,
        act={"boxes": sorted(answer.ticked)},
        proof_ref={"form_id": str(answer.form_id)},
        occurred_at=answer.sent_at,
        reference=str(answer.form_id),
    )
    if answer.network or answer.browser:
        ConsentTrace.objects.create(event=event, network=answer.network, browser=answer.browser)
    return event
