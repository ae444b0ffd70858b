"""The reply box with everything that may stand in it, and each gate that may stand in its place."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from consent.gate import RULES
from consent.purposes import Purpose
from messaging.inbox.composer import Brake, Closed, Composer, Overtaken
from messaging.inbox.composer_emoji import EMOJI
from messaging.inbox.composer_kept import ChosenFile, Held
from messaging.inbox.persons import Name
from messaging.inbox.picker import Barred, Choice, Offer, Value
from messaging.inbox.undecided import Neutral, replies_in
from messaging.models import SavedReply
from roger.design.exhibits import Exhibit
from roger.design.people import ID, JONAS, OWNER, PRACTICE, ago, ahead

TEMPLATE = "messaging/_composer.html"
WORDS = "Guten Tag, Frau Vogt, morgen um 9:30 Uhr passt uns gut."
# The composer's face → what it shows of the gate: a code, and which of the sentences that have it.
ANSWERS = {
    "window": ("window", 0),
    "consent": ("consent", 2),
    "pending": ("number_unproven", 0),
    "identity": ("identity", 0),
    "stopped": ("consent", 0),
    "blocked": ("blocked", 0),
    "channel": ("channel", 0),
    "live": ("live", 0),
    "age": ("guardians", 0),
    "other": ("advertising_cap", 0),
}
TITLES = {
    "window": "Nur mit Vorlage",
    "consent": "Ohne Einwilligung",
    "pending": "Nummer noch nicht bestätigt",
    "identity": "Vielleicht eine andere Person",
    "stopped": "Abgemeldet",
    "blocked": "Gesperrt",
    "channel": "WhatsApp nicht verbunden",
    "live": "Noch nicht freigegeben",
    "age": "Wer darf zustimmen?",
    "other": "Geht gerade nicht",
}


def boxes() -> list[Exhibit]:
    return [*_writing(), *_asking()]


def gates() -> list[Exhibit]:
    leads = {"member": OWNER}  # who leads is also shown the way to open it
    faces = [_exhibit(gate, title, _gate(gate), **leads) for gate, title in TITLES.items()]
    role = Composer("role", sentence="Ihre Rolle darf lesen, aber nicht senden.")
    kept = _gate("consent", text=WORDS)
    none_approved = Composer("window", **_answer("window"))
    return [
        *faces,
        _exhibit("role", "Liest nur mit", role),
        _exhibit("kept", "Mit aufbewahrtem Entwurf", kept),
        _exhibit("no-template", "Keine Vorlage freigegeben", none_approved),
    ]


def lists() -> list[Exhibit]:
    """What opens above the box."""
    ours = {"practice": PRACTICE}
    saved = [
        (SavedReply(**ours, title="Termin bestätigt", shortcut="termin"), WORDS, ["erledigt"]),
        (SavedReply(**ours, title="Bitte anrufen", shortcut="ruf"), "Bitte rufen Sie uns kurz an.", []),
    ]
    newer = {"text": "Morgen um zehn geht auch.", "mark": "", "kind": "reply"}
    return [
        Exhibit("replies", "Schnellantworten", "messaging/composer/_replies.html", {"replies": saved}),
        Exhibit("emoji", "Emoji", "messaging/composer/_emoji.html", {"emoji": EMOJI}),
        Exhibit("overtaken", "Entwurf in zwei Fenstern", "messaging/composer/_draft_overtaken.html", newer),
        Exhibit("call", "Nummer, nach der gefragt wurde", "messaging/composer/_call.html", {"phone": PRACTICE.phone}),
    ]


def undo() -> Exhibit:
    held = {"composer": _open(held=Held([ID], ahead(1)))}
    return Exhibit("undo", "Zurückholen", "messaging/composer/_undo.html", held, {"data-undo-seconds": "5 s"})


def _exhibit(name: str, title: str, composer: Composer, **said: Any) -> Exhibit:
    return Exhibit(f"composer-{name}", title, TEMPLATE, {"composer": composer} | said)


def _open(**said: Any) -> Composer:
    """The box where text may go."""
    given, missing = Purpose.ORGANISATION, Purpose.BEHANDLUNG
    plain: dict[str, Any] = {
        "purposes": [(given.value, str(given.label))],
        "missing": [(missing.value, str(missing.label))],
        "client_id": ID,
        "window_until": ahead(20 * 60),
        "last_visit": date(2026, 5, 4),
        "files_go": True,
    }
    return Composer("", **plain | said)


def _writing() -> Iterator[Exhibit]:
    yield _exhibit("open", "Leer", _open())
    soon = {"window_until": ahead(84), "window_is_short": True}
    yield _exhibit(
        "draft",
        "Mit Entwurf, das Fenster schließt bald",
        _open(text=WORDS, **soon),
    )
    people = [("1", "Daniela Hoffmann (selbst)"), ("2", "Mia Hoffmann")]
    yield _exhibit("whom", "Für mehrere Personen, Dateien gehen nicht", _open(people=people, files_go=False))
    files = [
        ChosenFile(ID, "Anfahrt_Praxis.pdf", "document", 182_000, ""),
        ChosenFile(ID, "Sprachnachricht", "audio", 48_000, ""),
    ]
    effects = ["Label „Termin“", "erledigt"]
    yield _exhibit("files", "Mit Dateien und Schnellantwort", _open(text=WORDS, files=files, effects=effects))


def _asking() -> Iterator[Exhibit]:
    """What is asked once before it goes out."""
    overtaken = Overtaken(JONAS.user.name, ago(2), "Ja, kommen Sie gern.")
    yield _exhibit("overtaken", "Jemand war schneller", _open(text=WORDS, overtaken=overtaken))
    closed = Closed(JONAS.user.name, ago(2))
    yield _exhibit("closed", "Jemand hat sie erledigt", _open(text=WORDS, closed=closed))
    findings = _open(text="Die Entzündung ist abgeklungen.", findings=("Entzündung",))
    yield _exhibit("findings", "Nennt einen Befund", findings)
    brake = Brake(namesake=Name("Vogt, Janina", date(2001, 4, 3)))
    yield _exhibit("brake", "Ist es diese Person?", _open(text=WORDS, brake=brake))
    yield _exhibit("errors", "Nicht gesendet", _open(text=WORDS, errors=["Wählen Sie einen Zweck."]))


def _gate(gate: str, **said: Any) -> Composer:
    more: dict[str, Any] = {"offer": _offer()} if gate == "window" else {}
    if gate in {"consent", "pending"}:
        more["neutral"] = _neutral(may_ask=gate == "consent")
    return Composer(gate, **_answer(gate) | more | said)


def _answer(gate: str) -> dict[str, Any]:
    """What the gate itself says there."""
    reason, place = ANSWERS[gate]
    rule = [one for one in RULES if one.reason == reason][place]
    about = Purpose.ORGANISATION.label
    return {"sentence": str(rule.for_person).format(purpose=about), "next_step": str(rule.next_step)}


def _neutral(*, may_ask: bool) -> Neutral:
    languages = {"tr": "Türkçe", "de": "Deutsch", "en": "English"}
    return Neutral(replies_in([*languages], PRACTICE), [*languages.items()], "tr", "de", may_ask, ID)


def _offer() -> Offer:
    about = str(Purpose.ORGANISATION.label)
    body = "Guten Tag Frau Vogt, Sie haben uns geschrieben und wir haben jetzt eine Antwort für Sie."
    parts = ("Abmelden: STOP schreiben", ("Antwort lesen", "Bitte anrufen"))
    day = Value("3", "Tag", "Donnerstag, 14.05.2026")
    reminder = "Guten Tag Frau Vogt, wir erinnern Sie an Ihren Termin am Donnerstag, 14.05.2026."
    return Offer(
        choices=[
            Choice(ID, "Chat fortsetzen", about, body, *parts),
            Choice(UUID(int=2), "Termin: Erinnerung", about, reminder, *parts, values=[day], is_chosen=True),
        ],
        barred=[Barred("Hinweis zur Rechnung", about, "von WhatsApp abgelehnt: falsche Kategorie")],
        read_at=ago(180),
    )
