"""An act of consent in words: for the team as facts, for the person it is about as a plain sentence.

The person never reads who of the team it was (C-32): that is "die Praxis".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.actions import EVERYTHING, NO_CHANGE, ONLY_REMINDERS
from consent.birthdays import AGE_OF_MAJORITY, CONSENT_AGE
from consent.history import Act, Evidence, Names
from consent.intake import READ_OUT
from consent.ledger import TAKEN_DOWN, ActorKind
from consent.merging import RULE as RECORDS_PARTED
from consent.models import Channel, ConsentEvent
from consent.number_checks import CONFIRM, WRONG
from consent.purposes import Purpose
from consent.renewals import RULE as NEW_TEXT
from consent.wording import BUTTON_MORE, BUTTON_NO, BUTTON_YES
from consent.wrong_numbers import RELEASED
from patients.models import Custody, Relation

Type = ConsentEvent.Type
NO_REMINDER = "Keine Erinnerung"  # the button of T-11 and T-12, which comes back with its own title
WEB = frozenset({Channel.QR_WEB, Channel.ANAMNESE_WEB, Channel.WIDGET, Channel.WITHDRAWAL_PAGE})

WAYS: dict[str, Any] = {
    Channel.QR_WEB: gettext_lazy("auf der Seite zum QR-Code"),
    Channel.ANAMNESE_WEB: gettext_lazy("im Anamnesebogen"),
    Channel.WHATSAPP_BUTTON: gettext_lazy("mit einer Taste im Chat"),
    Channel.WHATSAPP_KEYWORD: gettext_lazy("mit einer Nachricht im Chat"),
    Channel.WIDGET: gettext_lazy("über die Website der Praxis"),
    Channel.WITHDRAWAL_PAGE: gettext_lazy("auf der Seite für den Widerruf"),
    Channel.STAFF_DESK: gettext_lazy("am Empfang"),
    Channel.STAFF_PHONE: gettext_lazy("am Telefon"),
    Channel.PAPER_SCAN: gettext_lazy("auf Papier"),
    Channel.IMPORT: gettext_lazy("in einer früheren Liste der Praxis"),
}
SENTENCES: dict[str, Any] = {
    Type.GRANTED: gettext_lazy("Sie haben %(way)s zugestimmt: %(purposes)s."),
    Type.CONFIRMED: gettext_lazy("Sie haben %(way)s bestätigt, dass die Nummer Ihre ist. Es geht um: %(purposes)s."),
    Type.REJECTED: gettext_lazy("Sie haben %(way)s abgelehnt, dass die Praxis Ihnen schreibt."),
    Type.WITHDRAWN: gettext_lazy("Sie haben %(way)s Ihre Einwilligung widerrufen: %(purposes)s."),
    Type.EXPIRED: gettext_lazy(
        "Die Nummer wurde nicht rechtzeitig bestätigt. Die Zustimmung ist verfallen: %(purposes)s."
    ),
    Type.OUTDATED: gettext_lazy(
        "Der Text hat sich geändert. Bis Sie neu zustimmen, gilt sie nicht mehr: %(purposes)s."
    ),
    Type.RENEWED: gettext_lazy(
        "Sie haben %(way)s gebeten, wieder schreiben zu können. Sie bekamen den Text noch einmal."
    ),
    Type.WRONG_NUMBER: gettext_lazy(
        "Es kam %(way)s die Meldung, dass die Nummer nicht Ihre ist. Sie wird nicht mehr benutzt."
    ),
    Type.IMPORTED: gettext_lazy(
        "Die Praxis hat eine frühere Zustimmung übernommen, die noch zu bestätigen war: %(purposes)s."
    ),
    Type.GUARDIAN_CHANGED: gettext_lazy("Die Sorge hat sich geändert. Es ist neu zu fragen: %(purposes)s."),
}
# Where the way or the actor makes it another sentence than the kind of act alone would.
BY_RULE = gettext_lazy("Ihre Nummer war schon bestätigt. Deshalb galt Ihre Zustimmung sofort: %(purposes)s.")
BY_THE_PRACTICE = gettext_lazy(
    "Die Praxis hat eingetragen, dass die Nummer nicht Ihre ist. Sie wird nicht mehr benutzt."
)
NO_OF_A_LIST = gettext_lazy("In einer früheren Liste der Praxis stand, dass Sie das nicht möchten: %(purposes)s.")
BY_RELEASE = gettext_lazy(
    "Die Praxis hat die Sperre der Nummer aufgehoben. Was vorher galt, gilt nicht mehr: %(purposes)s."
)
AT_WHATSAPP = gettext_lazy("in WhatsApp selbst")

# The titles of our buttons by what comes back when one is tapped.
BUTTONS: dict[str, Any] = {
    BUTTON_YES: gettext_lazy("Ja, einverstanden"),
    BUTTON_NO: gettext_lazy("Nein, danke"),
    BUTTON_MORE: gettext_lazy("Mehr erfahren"),
    CONFIRM: gettext_lazy("Ja, bestätigen"),
    WRONG: gettext_lazy("Falsche Nummer"),
    ONLY_REMINDERS: gettext_lazy("Nur Erinnerungen"),
    EVERYTHING: gettext_lazy("Alles abmelden"),
    NO_CHANGE: gettext_lazy("Nichts ändern"),
    NO_REMINDER: gettext_lazy("Keine Erinnerung"),
}
STOP_AT_WHATSAPP = "whatsapp_stop_marketing"  # no button of ours (messaging/opt_outs.py)
RULES: dict[str, Any] = {
    "not_confirmed_in_14_days": gettext_lazy("14 Tage nicht bestätigt"),
    "number_proven": gettext_lazy("die Nummer war schon bestätigt"),
    NEW_TEXT: gettext_lazy("ein neuer Text, dem neu zuzustimmen ist"),
    CONSENT_AGE: gettext_lazy("alt genug, um selbst zuzustimmen"),
    AGE_OF_MAJORITY: gettext_lazy("volljährig geworden"),
    RELEASED: gettext_lazy("die Praxis hat die Sperre der Nummer aufgehoben"),
    "relation_changed": gettext_lazy("das Verhältnis zur Person hat sich geändert"),
    "taken_over": gettext_lazy("die oder der Jugendliche hat selbst zugestimmt"),
    RECORDS_PARTED: gettext_lazy("erklärt, als zwei Akten zusammengeführt waren, und gilt deshalb für beide"),
}
# What Roger itself wrote beside an act; every other note is somebody's own words.
NOTES: dict[str, Any] = {
    "decided: everything": gettext_lazy("von der Praxis verstanden als: alles abmelden"),
    "decided: reminders": gettext_lazy("von der Praxis verstanden als: nur Erinnerungen und Werbung abmelden"),
    "wrong number, noticed by the practice": gettext_lazy("die Praxis hat gemerkt, dass die Nummer nicht stimmt"),
    "user_preferences: stop": gettext_lazy("als Einstellung in WhatsApp"),
    "aus einer Liste übernommen": gettext_lazy("aus einer Liste übernommen"),
}
REFUSED_BY_WHATSAPP = "error "  # with WhatsApp's number for it
# What somebody of the practice ticked is no act of the person: this is how the person said it.
SAID_TO_THE_PRACTICE: dict[str, Any] = {
    Channel.STAFF_DESK: gettext_lazy("am Empfang gesagt, von der Praxis eingetragen"),
    Channel.STAFF_PHONE: gettext_lazy("am Telefon gesagt, von der Praxis eingetragen"),
    Channel.PAPER_SCAN: gettext_lazy("schriftlich mitgeteilt, von der Praxis eingetragen"),
    Channel.WHATSAPP_KEYWORD: gettext_lazy("im Chat mit eigenen Worten geschrieben, von der Praxis eingetragen"),
}
ACTORS: dict[str, Any] = {
    ActorKind.PATIENT: gettext_lazy("die Person selbst"),
    ActorKind.SYSTEM: gettext_lazy("Roger, nach fester Regel"),
}
FOR_ANOTHER = frozenset({ActorKind.GUARDIAN, ActorKind.REPRESENTATIVE})


def for_the_person(act: Act) -> str:
    """What happened, said to the one it happened to."""
    if act.evidence is None:
        return _("Die Einzelheiten wurden gelöscht.")
    words = {"way": str(_way(act, act.evidence)), "purposes": purposes_in_words(act.purposes)}
    sentence = str(_sentence(act, act.evidence)) % words
    if act.event.type == Type.WITHDRAWN and (stopped := act.evidence["cancelled"]):
        sentence += " " + _("Nachrichten, die noch warteten und nicht mehr gesendet wurden: %(count)d.") % {
            "count": stopped
        }
    return sentence


def _way(act: Act, evidence: Evidence) -> Any:
    return AT_WHATSAPP if evidence["act"].get("button") == STOP_AT_WHATSAPP else WAYS[act.event.channel]


def _sentence(act: Act, evidence: Evidence) -> Any:
    kind, actor = act.event.type, evidence["actor"]["kind"]
    if evidence["act"].get("rule") == RELEASED:
        return BY_RELEASE
    if kind == Type.CONFIRMED and actor == ActorKind.SYSTEM:
        return BY_RULE
    if kind == Type.WRONG_NUMBER and actor == ActorKind.STAFF:
        return BY_THE_PRACTICE
    if kind == Type.WITHDRAWN and act.event.channel == Channel.IMPORT:
        return NO_OF_A_LIST
    return SENTENCES[kind]


def facts_of(act: Act, names: Names) -> list[tuple[str, str]]:
    """What the evidence says, as a list of what and how (section 2.4)."""
    evidence = act.evidence
    if evidence is None:
        return [(_("Beleg"), _("gelöscht; der Eintrag in der Kette besteht weiter"))]
    told = [
        (_("Zwecke"), purposes_in_words(act.purposes)),
        (_("Was getan wurde"), deed_of(evidence)),
        *statements_of(evidence),
        (_("Von wem"), actor_of(evidence)),
        (_("Eingetragen von"), booked_by(evidence, names)),
        (_("Wo"), place_of(act, names)),
        (_("Angehalten"), stopped_by(evidence)),
        (_("Beleg"), proof_of(evidence)),
    ]
    return [(what, how) for what, how in told if how]


def purposes_in_words(purposes: list[Purpose]) -> str:
    return ", ".join(str(purpose.label) for purpose in purposes)


def deed_of(evidence: Evidence) -> str:
    """The act itself, as its way and its kind make it: a box a person ticked is another thing than one the desk did.

    `message_id` alone is told as a message; what guardians state is told beside it (`statements_of`).
    """
    act = evidence["act"]
    told = {
        "boxes": _boxes(evidence),
        "button": _button(act),
        "code": _("Nachricht mit dem Code der Seite geschickt"),
        "keyword": _("„%(words)s“ geschrieben") % {"words": act.get("keyword")},
        "words": _words(evidence),
        "signature": _("auf Papier unterschrieben"),
        "note": _note(act),
        "rule": _rule(act),
    }
    deeds = [words for name, words in told.items() if act.get(name) and words]
    return "; ".join(deeds) or (_("Nachricht im Chat geschickt") if act.get("message_id") else "")


def _boxes(evidence: Evidence) -> str:
    """Ticked by the person itself on a page; in the practice's own forms they only say which purposes were meant."""
    if evidence["channel"] in WEB:
        return _("Kästchen angekreuzt und Taste gedrückt")
    is_told_otherwise = evidence["act"].get("words") or evidence["act"].get("signature")
    return "" if is_told_otherwise else str(SAID_TO_THE_PRACTICE.get(evidence["channel"], ""))


def _button(act: Mapping[str, Any]) -> str:
    payload = str(act.get("button") or "").partition(".")[0]
    if payload == STOP_AT_WHATSAPP:
        return _("Werbung der Praxis in WhatsApp gestoppt")
    if payload in BUTTONS:
        return _("Taste „%(button)s“ getippt") % {"button": BUTTONS[payload]}
    return _("eine Taste getippt, die es nicht mehr gibt")


def _words(evidence: Evidence) -> str:
    """What was said or written; at the desk the text is read out, in the chat the words are the person's own."""
    words = evidence["act"].get("words")
    if words == READ_OUT:
        return _("der Text wurde vorgelesen und bejaht")
    if evidence["channel"] in TAKEN_DOWN:
        return _("gesagt: „%(words)s“") % {"words": words}
    return _("im Chat geschrieben: „%(words)s“") % {"words": words}


def _note(act: Mapping[str, Any]) -> str:
    note = str(act.get("note") or "")
    if act.get("button") == STOP_AT_WHATSAPP and note.startswith(REFUSED_BY_WHATSAPP):
        return _("WhatsApp hat es gemeldet, als eine Nachricht nicht zugestellt wurde")
    return str(NOTES.get(note, note))


def _rule(act: Mapping[str, Any]) -> str:
    words = str(RULES.get(act.get("rule") or "", _("eine Regel, die es nicht mehr gibt")))
    if not act.get("proven_at"):
        return words
    at = timezone.localtime(datetime.fromisoformat(act["proven_at"]))
    return _("%(rule)s, am %(date)s") % {"rule": words, "date": at.strftime("%d.%m.%Y")}


def statements_of(evidence: Evidence) -> list[tuple[str, str]]:
    """What was stated about a child, word for word (C-20)."""
    act = evidence["act"]
    is_agreed = _("ist selbst einverstanden") if act.get("child_agrees") else ""
    other = act.get("other_guardian")
    return [
        (_("Erklärung zur Sorge"), str(act.get("statement") or "")),
        (_("Anderer Elternteil"), _("%(name)s, hat auch zugestimmt") % {"name": other} if other else ""),
        (_("Die oder der Jugendliche"), is_agreed),
    ]


def actor_of(evidence: Evidence) -> str:
    """Whose act it was; empty where somebody of the practice wrote down what another person wanted."""
    actor: Mapping[str, Any] = evidence["actor"]
    if actor["kind"] in FOR_ANOTHER:
        said = [actor["name"], _label(Relation, actor["relation"]), _label(Custody, actor["custody"])]
        return ", ".join(filter(None, said))
    return str(ACTORS.get(actor["kind"], ""))


def booked_by(evidence: Evidence, names: Names) -> str:
    """Who of the team wrote it down; the person and a stranger read no name (C-32)."""
    member = evidence["actor"]["member_id"]
    return names.members.get(member, _("jemand aus der Praxis")) if member else ""


def _label(choices: Any, said: str | None) -> str:
    """The guardian's words, or the choice they stand for."""
    return str(choices(said).label) if said in choices.values else said or ""


def place_of(act: Act, names: Names) -> str:
    """The way it came, with the name of the stand's code."""
    code = str(((act.evidence or {}).get("proof_ref") or {}).get("qr_code"))
    way = str(Channel(act.event.channel).label)
    return f"{way} ({names.codes[code]})" if code in names.codes else way


def stopped_by(evidence: Evidence) -> str:
    if evidence["cancelled"] is None:
        return ""
    counts = {"cancelled": evidence["cancelled"], "handed": evidence["already_handed_over"]}
    return _("%(cancelled)d wartende Nachrichten nicht mehr gesendet, %(handed)d waren schon übergeben") % counts


def proof_of(evidence: Evidence) -> str:
    ref = evidence["proof_ref"] or {}
    if ref.get("document") or ref.get("document_id"):
        return _("Dokument liegt vor")
    return _("das Papier liegt in der Praxis") if ref.get("original") else ""
