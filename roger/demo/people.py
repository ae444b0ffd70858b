"""Patients, the phones they write from, and who writes for whom."""

from dataclasses import dataclass

from messaging.models import Conversation
from patients.actions import link, register_patient
from patients.identities import find_or_create_contact
from patients.models import Contact, Patient, Relation
from roger.demo import material
from roger.demo.material import Json
from roger.demo.practices import Demo


@dataclass
class Somebody:
    """One person of the demo: as written, and the rows that came of it."""

    written: Json
    patient: Patient | None
    contact: Contact | None
    conversation: Conversation | None

    @property
    def name(self) -> str:
        """What the person calls itself on WhatsApp."""
        whole = f"{self.written['first_name']} {self.written['last_name']}".strip()
        return self.written.get("profile_name") or whole


def children_of(guardian: Somebody, everybody: dict[str, Somebody]) -> list[Somebody]:
    """For whom somebody has custody, in the order of the files."""
    return [one for one in everybody.values() if one.written.get("guardian_patient_id") == guardian.written["id"]]


def welcome_all(demo: Demo) -> dict[str, Somebody]:
    """Everybody of a practice, by the id in the files."""
    everybody: dict[str, Somebody] = {}
    for number, written in enumerate(material.patients(demo.written)):
        everybody[written["id"]] = _welcome(demo, written, number)
    for somebody in everybody.values():
        _give_to_guardian(somebody, everybody)
    return everybody


def _welcome(demo: Demo, written: Json, number: int) -> Somebody:
    somebody = Somebody(written, _register(written, number), None, None)
    if written["phone"]:
        somebody.contact, _is_new = find_or_create_contact(phone=written["phone"], profile_name=somebody.name or None)
        somebody.conversation = Conversation.objects.create(channel=demo.channel, contact=somebody.contact)
        if somebody.patient:
            link(patient=somebody.patient, contact=somebody.contact, by=None)
    return somebody


def _register(written: Json, number: int) -> Patient | None:
    """Somebody without a first name is a stranger, known by the number alone."""
    if not written["first_name"]:
        return None
    return register_patient(
        first_name=written["first_name"],
        last_name=written["last_name"],
        birth_date=written["birth_date"],
        salutation=written["salutation"] or None,
        record_number=str(10_400 + 7 * number),
        language=written["language"],
        by=None,
    )


def _give_to_guardian(somebody: Somebody, everybody: dict[str, Somebody]) -> None:
    guardian = everybody.get(somebody.written.get("guardian_patient_id", ""))
    if guardian and guardian.contact and somebody.patient:
        link(patient=somebody.patient, contact=guardian.contact, relation=Relation.GUARDIAN, by=None)
