"""An act of consent in words: for the team as facts, for the person it is about as a plain sentence.

The person never reads who of the team it was (C-32): that is "die Praxis".
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from consent.history import Act, Evidence, Names
from consent.ledger import ActorKind
from consent.models import Channel, ConsentEvent
from consent.purposes import Purpose
from consent.wording import BUTTON_MORE, BUTTON_NO, BUTTON_YES
from patients.models import Custody, Relation

Type = ConsentEvent.Type

WAYS: dict[str, Any] = {
    Channel.QR_WEB: _lazy("auf der Seite zum QR-Code"),
    Channel.ANAMNESE_WEB: _lazy("im Anamnesebogen"),
    Channel.WHATSAPP_BUTTON: _lazy("mit einer Taste im Chat"),
    Channel.WHATSAPP_KEYWORD: _lazy("mit einer Nachricht im Chat"),
    Channel.WIDGET: _lazy("über die Website der Praxis"),
    Channel.WITHDRAWAL_PAGE: _lazy("auf der Seite für den Widerruf"),
    Channel.STAFF_DESK: _lazy("am Empfang"),
    Channel.STAFF_PHONE: _lazy("am Telefon"),
    Channel.PAPER_SCAN: _lazy("auf Papier"),
    Channel.IMPORT: _lazy("in einer früheren Liste der Praxis"),
}
SENTENCES: dict[str, Any] = {
    Type.GRANTED: _lazy("Sie haben %(way)s zugestimmt: %(purposes)s."),
    Type.CONFIRMED: _lazy("Sie haben %(way)s bestätigt, dass die Nummer Ihre ist. Es geht um: %(purposes)s."),
    Type.REJECTED: _lazy("Sie haben %(way)s abgelehnt, dass die Praxis Ihnen schreibt."),
    Type.WITHDRAWN: _lazy("Sie haben %(way)s Ihre Einwilligung widerrufen: %(purposes)s."),
    Type.EXPIRED: _lazy("Die Nummer wurde nicht rechtzeitig bestätigt. Die Zustimmung ist verfallen: %(purposes)s."),
    Type.OUTDATED: _lazy("Der Text hat sich geändert. Bis Sie neu zustimmen, gilt sie nicht mehr: %(purposes)s."),
    Type.RENEWED: _lazy("Sie haben %(way)s gebeten, wieder schreiben zu können. Sie bekamen den Text noch einmal."),
    Type.WRONG_NUMBER: _lazy(
        "Es kam %(way)s die Meldung, dass die Nummer nicht Ihre ist. Sie wird nicht mehr benutzt."
    ),
    Type.IMPORTED: _lazy(
        "Die Praxis hat eine frühere Zustimmung übernommen, die noch zu bestätigen war: %(purposes)s."
    ),
    Type.GUARDIAN_CHANGED: _lazy("Die Sorge hat sich geändert. Es ist neu zu fragen: %(purposes)s."),
}
BUTTONS: dict[str, Any] = {
    BUTTON_YES: _lazy("Ja, einverstanden"),
    BUTTON_NO: _lazy("Nein, danke"),
    BUTTON_MORE: _lazy("Mehr erfahren"),
    "nur_erinnerungen": _lazy("Nur Erinnerungen"),
    "alles_abmelden": _lazy("Alles abmelden"),
}
RULES: dict[str, Any] = {"not_confirmed_in_14_days": _lazy("14 Tage nicht bestätigt")}


def for_the_person(act: Act) -> str:
    """What happened, said to the one it happened to."""
    if act.evidence is None:
        return _("Die Einzelheiten wurden gelöscht.")
    words = {"way": str(WAYS[act.event.channel]), "purposes": purposes_in_words(act.purposes)}
    sentence = str(SENTENCES[act.event.type]) % words
    if act.event.type == Type.WITHDRAWN and (stopped := act.evidence["cancelled"]):
        sentence += " " + _("Nachrichten, die noch warteten und nicht mehr gesendet wurden: %(count)d.") % {
            "count": stopped
        }
    return sentence


def facts_of(act: Act, names: Names) -> list[tuple[str, str]]:
    """What the evidence says, as a list of what and how (section 2.4)."""
    evidence = act.evidence
    if evidence is None:
        return [(_("Beleg"), _("gelöscht; der Eintrag in der Kette besteht weiter"))]
    told = [
        (_("Zwecke"), purposes_in_words(act.purposes)),
        (_("Was getan wurde"), deed_of(evidence)),
        (_("Von wem"), actor_of(evidence, names)),
        (_("Wo"), place_of(act, names)),
        (_("Angehalten"), stopped_by(evidence)),
        (_("Beleg"), proof_of(evidence)),
    ]
    return [(what, how) for what, how in told if how]


def purposes_in_words(purposes: list[Purpose]) -> str:
    return ", ".join(str(purpose.label) for purpose in purposes)


def deed_of(evidence: Evidence) -> str:
    """The act itself: a button, a word, boxes, what was read aloud."""
    act = evidence["act"]
    button = str(act.get("button") or "").partition(".")[0]
    told = {
        "boxes": _("Kästchen angekreuzt und Taste gedrückt"),
        "button": _("Taste „%(button)s“ getippt") % {"button": BUTTONS.get(button, button)},
        "code": _("Nachricht mit dem Code der Seite geschickt"),
        "keyword": _("„%(words)s“ geschrieben") % {"words": act.get("keyword")},
        "words": _("vorgelesen und gefragt: „%(words)s“") % {"words": act.get("words")},
        "signature": _("unterschrieben"),
        "note": str(act.get("note") or ""),
        "rule": str(RULES.get(act.get("rule") or "", act.get("rule"))),
    }
    return "; ".join(words for name, words in told.items() if act.get(name))


def actor_of(evidence: Evidence, names: Names) -> str:
    actor: Mapping[str, Any] = evidence["actor"]
    if actor["kind"] == ActorKind.STAFF:
        return names.members.get(actor["member_id"], _("jemand aus der Praxis"))
    if actor["kind"] == ActorKind.GUARDIAN:
        return ", ".join(
            filter(None, [actor["name"], _label(Relation, actor["relation"]), _label(Custody, actor["custody"])])
        )
    return _("die Person selbst") if actor["kind"] == ActorKind.PATIENT else _("Roger, nach fester Regel")


def _label(choices: Any, said: str | None) -> str:
    """The guardian's words, or the choice they stand for."""
    return str(choices(said).label) if said in choices.values else said or ""


def place_of(act: Act, names: Names) -> str:
    """The way it came, with the name of the stand's code."""
    code = ((act.evidence or {}).get("proof_ref") or {}).get("qr_code")
    way = str(Channel(act.event.channel).label)
    return f"{way} ({names.codes[code]})" if code in names.codes else way


def stopped_by(evidence: Evidence) -> str:
    if evidence["cancelled"] is None:
        return ""
    counts = {"cancelled": evidence["cancelled"], "handed": evidence["already_handed_over"]}
    return _("%(cancelled)d wartende Nachrichten nicht mehr gesendet, %(handed)d waren schon übergeben") % counts


def proof_of(evidence: Evidence) -> str:
    ref = evidence["proof_ref"] or {}
    return _("Dokument liegt vor") if ref.get("document") or ref.get("document_id") else ""
