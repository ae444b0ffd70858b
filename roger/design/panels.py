"""The patient panel with each state of consent, and what stands above and below a thread."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from consent.purposes import Purpose
from messaging.doubts import Decision
from messaging.inbox.panel import ConsentShown, Panel, PatientShown
from messaging.inbox.panel_people import IdentityChange, NumberShown, Writer
from messaging.inbox.unreached import Unreached
from messaging.models import Label
from messaging.reading import Rule
from patients.appointments import Visits
from practices.models import AccessLog
from roger.design.exhibits import Exhibit
from roger.design.people import ID, JANA, JONAS, ago, ahead, head
from roger.design.rows import label

TEMPLATE = "messaging/_panel.html"
GRANTED = {Purpose.ORGANISATION, Purpose.RECALL}


def panels() -> list[Exhibit]:
    return [_panel(state, title, consent, **more) for state, title, consent, more in _consents()]


def heads() -> list[Exhibit]:
    """The head of a thread, and the place where a thread asks why."""
    closed = replace(head().team, done_by=JONAS.user.name, done_at=ago(30))
    done = replace(head(), is_done=True, waiting_since=None, urgent="", team=closed)
    reading = replace(head(), can_close=False)
    asks = {"pk": ID, "name": JANA.name, "rules": list(Rule), "reasons": AccessLog.Reason.choices, "message": ""}
    return [
        Exhibit("head", "Kopf, jemand wartet", "messaging/_thread_head.html"),
        Exhibit("head-done", "Kopf, erledigt", "messaging/_thread_head.html", {"conversation": done}),
        Exhibit("head-reading", "Kopf, liest nur mit", "messaging/_thread_head.html", {"conversation": reading}),
        Exhibit("asks-why", "Fragt nach einem Grund", "messaging/_asks_why.html", {"conversation": None, "asks": asks}),
    ]


def notices() -> list[Exhibit]:
    """What somebody must know before writing."""
    for_mia = replace(head(), owner="Daniela Hoffmann", written_for=[("Mia Hoffmann", 9)])
    change = IdentityChange(ago(600), [], "+491713920001", JANA.phone)
    stated = replace(change, former_phone="", is_stated=True)
    doubt = {"words": "Bitte keine Werbung mehr", "at": ago(40), "decisions": Decision.choices}
    for_others, unreached = "messaging/_thread_written_for.html", {"unreached": Unreached(ID, ago(90))}
    return [
        Exhibit("written-for", "Schreibt für ein Kind", for_others, {"conversation": for_mia}),
        Exhibit("identity", "Nummer gewechselt", for_others, {"conversation": replace(head(), identity=change)}),
        Exhibit("stated", "Nummer selbst genannt", for_others, {"conversation": replace(head(), identity=stated)}),
        Exhibit("doubt", "Möglicher Widerruf", "messaging/_possible_withdrawal.html", {"doubt": doubt}),
        Exhibit("unreached", "Nicht erreichbar", "messaging/_unreached.html", unreached),
        Exhibit("kept-open", "Bleibt offen", "messaging/_thread_notice.html", {"is_kept_open": True}),
    ]


def _consents() -> Iterator[tuple[str, str, ConsentShown, dict[str, Any]]]:
    sentence = "Die Person hat zugestimmt, ihre Nummer aber noch nicht bestätigt."
    yield "pending", "Noch nicht bestätigt", ConsentShown("pending", since=ago(90), sentence=sentence), {}
    sentence = "Es darf nichts gesendet werden. Zeigen Sie den QR-Code am Empfang."
    yield "missing", "Keine Einwilligung", ConsentShown("missing", sentence=sentence), {}
    sentence = "Abgemeldet mit STOP. Es darf nichts mehr gesendet werden."
    yield "withdrawn", "Widerrufen", ConsentShown("withdrawn", since=ago(60), sentence=sentence), {}
    purposes = [(str(one.label), one in GRANTED) for one in Purpose]
    given = ConsentShown("given", purposes, ago(60 * 24 * 40), "QR am Empfang", "1.0", proof_url="/")
    yield "given", "Liegt vor, mit allem", given, _everything()


def _panel(state: str, title: str, consent: ConsentShown, **said: Any) -> Exhibit:
    plain: dict[str, Any] = {
        "window_until": ahead(300),
        "window_minutes": 300,
        **dict.fromkeys(("patients", "optins", "requests", "sections", "suggestions", "threads", "looks"), ()),
        **dict.fromkeys(("labels", "notes"), ()),
        "looks_title": "",
        "username": "",
        "number": NumberShown(),
    }
    panel = Panel(consent=consent, **plain | said)
    return Exhibit(f"panel-{state}", title, TEMPLATE, {"panel": panel})


def _everything() -> dict[str, Any]:
    """What else a panel may hold."""
    patient = PatientShown(
        pk=ID,
        name="Vogt, Jana",
        birth_date=JANA.birth_date,
        age=JANA.age,
        relation="",
        number="10472",
        birthday="heute",
        visits=Visits(last_on=date(2026, 5, 4)),
        writers=[Writer("Vogt, Peter", "Angehörige:r", None)],
    )
    return {
        "patients": [patient],
        "labels": [label("Termin", Label.Colour.TEAL), label("Rückruf", Label.Colour.RED, Label.Shape.TRIANGLE)],
        "notes": [ID],
        "username": "jana.v",
        "number": NumberShown(stated_at=ago(60 * 24 * 40)),
        "optins": [(ago(60 * 24 * 40), "Hat den QR-Code am Empfang gescannt.")],
    }
