"""What becomes of a row, and what the person can do about it, in plain German."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


class Group(models.TextChoices):
    """In the order in which they are shown."""

    FAULT = "fault", _("zu klären")
    IDLE = "idle", _("nichts zu tun")
    DUE = "due", _("wird übernommen")


class Verdict(StrEnum):
    """The code of a row. GRANT, GRANT_OUTDATED and WITHDRAW are carried out, all others are not."""

    GRANT = "grant"
    GRANT_OUTDATED = "grant_outdated"  # C-06: a newer text has to be agreed to anew
    WITHDRAW = "withdraw"
    DUPLICATE = "duplicate"
    DECIDED_HERE = "decided_here"
    STANDS_HERE = "stands_here"
    REFUSED_HERE = "refused_here"
    COLUMNS_DIFFER = "columns_differ"
    PHONE_MISSING = "phone_missing"
    PHONE_INVALID = "phone_invalid"
    LANDLINE = "landline"
    ANSWER_MISSING = "answer_missing"
    ANSWER_UNCLEAR = "answer_unclear"
    PURPOSE_UNKNOWN = "purpose_unknown"
    NO_ORGANISATION = "no_organisation"
    NOT_OFFERED = "not_offered"
    DATE_MISSING = "date_missing"
    DATE_INVALID = "date_invalid"
    DATE_FUTURE = "date_future"
    DATE_TOO_OLD = "date_too_old"
    NAME_MISSING = "name_missing"
    BIRTH_DATE_MISSING = "birth_date_missing"
    BIRTH_DATE_INVALID = "birth_date_invalid"
    MINOR = "minor"
    CONTRADICTION = "contradiction"
    SHARED_NUMBER = "shared_number"
    NUMBER_TAKEN = "number_taken"
    PATIENT_UNCLEAR = "patient_unclear"
    PATIENT_DIFFERS = "patient_differs"
    BLOCKED = "blocked"
    NO_UNDATED = "no_undated"


@dataclass(frozen=True)
class Explained:
    """A verdict in words: in two for a count, and a sentence with what to do."""

    group: Group
    label: Words
    sentence: Words


_DUE = {
    Verdict.GRANT: (
        _("Einwilligung, wartet auf Bestätigung"),
        _("Wird eingetragen und gilt, sobald die Nummer sich bestätigt."),
    ),
    Verdict.GRANT_OUTDATED: (
        _("Einwilligung, muss erneuert werden"),
        _(
            "Wird eingetragen. Ein neuerer Text verlangt neue Zustimmung: "
            "Was er betrifft, gilt erst, wenn die Person neu zustimmt."
        ),
    ),
    Verdict.WITHDRAW: (_("Widerruf"), _("Wird als Widerruf eingetragen und gilt sofort.")),
}
_IDLE = {
    Verdict.DUPLICATE: (
        _("doppelt in der Liste"),
        _("Diese Person steht mehrfach in der Liste. Es zählt die Zeile mit dem neuesten Datum."),
    ),
    Verdict.DECIDED_HERE: (
        _("in Roger neuer entschieden"),
        _("In Roger steht eine neuere Entscheidung dieser Person. Sie bleibt."),
    ),
    Verdict.STANDS_HERE: (
        _("steht schon in Roger"),
        _("Für diese Nummer gibt es in Roger schon eine Einwilligung. Mehr Zwecke nehmen Sie am Empfang auf."),
    ),
    Verdict.REFUSED_HERE: (
        _("in Roger widerrufen"),
        _("Diese Person hat in Roger widerrufen oder abgelehnt. Das kann nur sie selbst ändern: mit START im Chat."),
    ),
}
_FAULTS = {
    Verdict.COLUMNS_DIFFER: (
        _("zu viele Spalten"),
        _("Diese Zeile hat mehr Spalten als der Kopf. Oft fehlt ein Anführungszeichen um ein Feld mit Trennzeichen."),
    ),
    Verdict.PHONE_MISSING: (_("Nummer fehlt"), _("Hier steht keine Telefonnummer. Bitte ergänzen.")),
    Verdict.PHONE_INVALID: (
        _("Nummer ungültig"),
        _("Das ist keine gültige Telefonnummer. Bitte mit Vorwahl schreiben, zum Beispiel 0171 3920010 oder +48 …"),
    ),
    Verdict.LANDLINE: (
        _("Festnetznummer"),
        _("Das ist eine Festnetznummer. Bitte die Handynummer eintragen, auf der die Person WhatsApp nutzt."),
    ),
    Verdict.ANSWER_MISSING: (_("Antwort fehlt"), _("Hier steht weder Ja noch Nein. Bitte ergänzen.")),
    Verdict.ANSWER_UNCLEAR: (
        _("Antwort unklar"),
        _("Das ist weder ein Ja noch ein Nein. Bitte Ja oder Nein eintragen."),
    ),
    Verdict.PURPOSE_UNKNOWN: (
        _("Zweck unbekannt"),
        _("Diesen Zweck kennt Roger nicht. Möglich sind Organisation, Behandlung, Recall und Werbung."),
    ),
    Verdict.NO_ORGANISATION: (
        _("ohne Termine und Organisation"),
        _("Ohne „Termine und Organisation“ geht WhatsApp nicht. Bitte fragen Sie diese Person neu."),
    ),
    Verdict.NOT_OFFERED: (
        _("Zweck nicht angeboten"),
        _("Diesen Zweck bietet Ihre Praxis nicht an. Streichen Sie ihn, oder lassen Sie die Spalte ohne Bedeutung."),
    ),
    Verdict.DATE_MISSING: (
        _("Datum fehlt"),
        _("Ohne Datum ist die Einwilligung nicht belegt. Bitte das Datum vom Papier eintragen."),
    ),
    Verdict.DATE_INVALID: (
        _("Datum unlesbar"),
        _("Das ist kein Datum. Bitte als Tag.Monat.Jahr schreiben, zum Beispiel 24.05.2023."),
    ),
    Verdict.DATE_FUTURE: (_("Datum in der Zukunft"), _("Dieses Datum liegt in der Zukunft. Bitte prüfen.")),
    Verdict.DATE_TOO_OLD: (
        _("Datum vor 2009"),
        _("Vor 2009 gab es WhatsApp nicht. Bitte das Datum prüfen, oder die Einwilligung gilt für etwas anderes."),
    ),
    Verdict.NAME_MISSING: (
        _("Name fehlt"),
        _("Vor- und Nachname fehlen. Ohne sie ist nicht klar, wer eingewilligt hat."),
    ),
    Verdict.BIRTH_DATE_MISSING: (
        _("Geburtsdatum fehlt"),
        _("Das Geburtsdatum fehlt. Ohne es kann Roger die Person nicht zuordnen und nicht sehen, ob sie ein Kind ist."),
    ),
    Verdict.BIRTH_DATE_INVALID: (
        _("Geburtsdatum unlesbar"),
        _("Das Geburtsdatum stimmt nicht. Bitte als Tag.Monat.Jahr schreiben, zum Beispiel 24.05.1983."),
    ),
    Verdict.MINOR: (
        _("war zu jung"),
        _("Die Person war dafür zu jung. Nehmen Sie die Einwilligung am Empfang mit der sorgeberechtigten Person auf."),
    ),
    Verdict.CONTRADICTION: (
        _("Ja und Nein in der Liste"),
        _("Zu dieser Nummer steht in der Liste auch ein Nein. Es gilt. Stimmt es nicht, fragen Sie die Person."),
    ),
    Verdict.SHARED_NUMBER: (
        _("eine Nummer, mehrere Personen"),
        _("Diese Nummer steht bei mehreren Personen. Nehmen Sie am Empfang auf, wer von ihnen für wen spricht."),
    ),
    Verdict.NUMBER_TAKEN: (
        _("Nummer gehört jemand anderem"),
        _("Diese Nummer ist in Roger einer anderen Person zugeordnet. Bitte prüfen, wem sie gehört."),
    ),
    Verdict.PATIENT_UNCLEAR: (
        _("Patient:in nicht eindeutig"),
        _("Name und Geburtsdatum passen auf mehrere Personen in Roger. Bitte die Patientennummer ergänzen."),
    ),
    Verdict.PATIENT_DIFFERS: (
        _("Patientennummer passt nicht"),
        _("Unter dieser Patientennummer steht in Roger jemand anderes. Bitte Nummer und Namen prüfen."),
    ),
    Verdict.BLOCKED: (
        _("Nummer gesperrt"),
        _("Diese Nummer ist in Roger gesperrt. Fragen Sie nach der richtigen und nehmen Sie diese am Empfang auf."),
    ),
    Verdict.NO_UNDATED: (
        _("Nein ohne Datum"),
        _("Hier steht Nein ohne lesbares Datum, in Roger gilt eine Einwilligung. Bitte fragen Sie die Person."),
    ),
}
EXPLAINED: dict[Verdict, Explained] = {
    verdict: Explained(group, *words)
    for group, verdicts in ((Group.FAULT, _FAULTS), (Group.IDLE, _IDLE), (Group.DUE, _DUE))
    for verdict, words in verdicts.items()
}
GRANTS = (Verdict.GRANT, Verdict.GRANT_OUTDATED)
CARRIED_OUT = (*GRANTS, Verdict.WITHDRAW)
FAULTS = tuple(verdict for verdict, explained in EXPLAINED.items() if explained.group == Group.FAULT)
