"""Slips of messages in each state and kind. Each is shown by the thread's own code (messaging/inbox/showing.py) from a
row that was never stored."""

from collections.abc import Iterator, Sequence
from typing import Any

from consent.gate import Kind
from messaging.documents.notices import Place
from messaging.inbox.document_panel import Led
from messaging.inbox.showing import LONGEST_TEXT, Reader, Setting, Shown, shown
from messaging.inbox.thread import Belongings, Item
from messaging.models import MediaFile, Message, Note, Template
from roger.design.exhibits import Exhibit
from roger.design.people import ID, JANA, MELEK, PRACTICE, ago

MESSAGE, MESSAGES = "messaging/_message.html", "messaging/_messages.html"
S = Message.State
UNDELIVERABLE = 131026
OF_THE_THREAD: dict[str, Any] = {"practice": PRACTICE, "contact_id": ID}
# Why a message of ours ended as it did.
CAUSES: dict[str, dict[str, Any]] = {S.FAILED: {"error_code": UNDELIVERABLE}, S.CANCELLED: {"refusal": "withdrawn"}}


def slips() -> list[Exhibit]:
    return [*_ours_in_each_state(), *_ours_of_other_kinds(), *_theirs(), *_taps(), *_files(), *_lines()]


def endless() -> Exhibit:
    words = "Dazu muss ich etwas ausholen. " * (LONGEST_TEXT // 25)
    return _slip("cut", "Ohne Ende, nur der Anfang", theirs(body=words))


def run() -> Exhibit:
    """A day, what is new, and a run of ours whose last one says its tick as a word."""
    items = [theirs(at=ago(50)), ours(S.DELIVERED, at=ago(40)), ours(S.DELIVERED, at=ago(39), body="Bis morgen!")]
    lines = _shown(items)
    return Exhibit("run", "Tag, Trenner „Neu“, Folge", MESSAGES, {"messages": lines, "first_unread": lines[0]})


def ours(state: str, **said: Any) -> Message:
    """What Melek wrote."""
    plain: dict[str, Any] = {
        "origin": Message.Origin.STAFF,
        "sent_by": MELEK,
        "body": "Gern, dann kommen Sie um 9:30 Uhr.",
    }
    return _message(direction=Message.Direction.OUTBOUND, state=state, **plain | CAUSES.get(state, {}) | said)


def theirs(**said: Any) -> Message:
    """What Jana wrote."""
    plain: dict[str, Any] = {"origin": Message.Origin.PATIENT, "body": "Könnte ich morgen etwas später kommen?"}
    return _message(direction=Message.Direction.INBOUND, state=S.RECEIVED, **plain | said)


def _message(**said: Any) -> Message:
    at = ago(30)
    plain = {"type": "text", "at": at, "received_at": at, "wamid_hash": b"-", "conversation_id": ID, "channel_id": ID}
    return Message(**OF_THE_THREAD | plain | said)


def _shown(items: Sequence[Item], beside: Belongings | None = None, **setting: Any) -> list[Shown]:
    nothing = Belongings({}, {})
    reader = Reader(PRACTICE.slug, can_send=True)
    return shown(items, Setting(JANA, reader, beside or nothing, **setting))


def _slip(name: str, title: str, item: Item, beside: Belongings | None = None, **setting: Any) -> Exhibit:
    [line] = _shown([item], beside, **setting)
    return Exhibit(f"slip-{name}", title, MESSAGE, {"message": line})


def _ours_in_each_state() -> Iterator[Exhibit]:
    for state in S:
        if state != S.RECEIVED:
            yield _slip(f"ours-{state}", f"Von uns: {state.label}", ours(state))
    yield _slip("held", "Von uns: WhatsApp prüft noch", ours(S.SENT, held=True))
    yield _slip("lifted", "Von uns: kam doch noch an", ours(S.DELIVERED, lifted=True))


def _ours_of_other_kinds() -> Iterator[Exhibit]:
    definition = [
        {"type": "FOOTER", "text": "Abmelden: STOP schreiben"},
        {"type": "BUTTONS", "buttons": [{"text": "Ich komme"}, {"text": "Verschieben"}]},
    ]
    template = Template(practice=PRACTICE, channel_id=ID, name="termin_erinnerung")
    words = "Guten Tag Frau Vogt, wir erinnern Sie an Ihren Termin."
    sent = ours(S.READ, type="template", template=template, body=words, content={"definition": definition})
    yield _slip("template", "Vorlage mit Knöpfen", sent)
    automatic: dict[str, Any] = {"origin": Message.Origin.AUTOMATIC, "sent_by": None, "kind": Kind.CONFIRMATION}
    yield _slip("automatic", "Automatisch", ours(S.DELIVERED, **automatic, body="Danke, wir haben Ihre Zusage."))
    phone = ours(S.DELIVERED, origin=Message.Origin.PHONE_APP, sent_by=None)
    yield _slip("phone", "Am Praxistelefon geschrieben", phone)
    document = ours(S.DELIVERED, body="Ihre Unterlagen liegen bereit.")
    led = Led(Place.DOCUMENT, "Kostenplan", "open", "noch nicht geöffnet")
    yield _slip("led", "Führt zu einem geschützten Dokument", document, led={document.pk: led})


def _theirs() -> Iterator[Exhibit]:
    yield _slip("theirs", "Von der Person", theirs())
    yield _slip("quoted", "Antwortet auf eine Nachricht von uns", theirs(quoted=ours(S.READ), body="Ja, das passt."))
    liked = theirs()
    thumb = _message(type="reaction", direction="out", origin="staff", sent_by=MELEK, content={"emoji": "👍"})
    yield _slip("reaction", "Mit Reaktion", liked, Belongings({liked.pk: [thumb]}, {}))
    edited = theirs(edited_at=ago(1), body="Ich komme um neun.")
    edit = _message(type="edit", direction="in", body="Ich komme um halb zehn.")
    yield _slip("edited", "Bearbeitet", edited, Belongings({edited.pk: [edit]}, {}))
    yield _slip("revoked", "Gelöscht", theirs(revoked_at=ago(1)))
    yield _slip("late", "Spät angekommen", theirs(provider_at=ago(240)))
    forwarded = theirs(content={"context": {"forwarded": True}})
    yield _slip("forwarded", "Weitergeleitet", forwarded)
    advert = {"referral": {"headline": "Neue Sprechzeiten", "body": "Jetzt auch donnerstags bis 19 Uhr"}}
    yield _slip("referral", "Kam über eine Anzeige", theirs(content=advert))
    yield _slip("concerns", "Betrifft eine von mehreren Personen", theirs(concerns_patient_id=ID), names={ID: "Mia"})
    arabic = theirs(body="هل يمكنني تغيير موعدي إلى يوم الخميس الساعة 9:30؟")
    yield _slip("arabic", "Auf Arabisch", arabic)


def _taps() -> Iterator[Exhibit]:
    """What is no free text."""
    yield _slip("button", "Knopf getippt", theirs(type="button", body="Ich komme"))
    chosen = {"kind": "list_reply", "description": "vormittags"}
    yield _slip("list", "Aus der Liste gewählt", theirs(type="interactive", body="Donnerstag", content=chosen))
    filled = {"kind": "flow_reply", "answers": {"Wunschtag": "Donnerstag", "Uhrzeit": "vormittags"}}
    yield _slip("flow", "Formular ausgefüllt", theirs(type="interactive", body="", content=filled))
    place = {"name": "Bahnhof", "address": "Beispielweg 2, Berlin", "latitude": 52.52, "longitude": 13.4}
    yield _slip("location", "Standort", theirs(type="location", body="", content=place))
    card = {"contacts": [{"name": "Daniela Hoffmann", "phones": [{"phone": "+491713920007"}]}]}
    yield _slip("contacts", "Kontakt", theirs(type="contacts", body="", content=card))
    yield _slip("order", "Bestellung", theirs(type="order", body="", content={"item_count": 2}))
    yield _slip("unsupported", "Nicht darstellbar", theirs(type="unsupported", body=""))


def _files() -> Iterator[Exhibit]:
    photo = _details("image", "image/jpeg") | {"width": 1200, "height": 1600}
    for state in MediaFile.State:
        yield _with_file(f"photo-{state}", f"Foto: {state.label}", photo, state=state)
    altered = {"state": MediaFile.State.REFUSED, "reason": "altered"}
    yield _with_file("photo-altered", "Foto: abgewiesen, mit Grund", photo, **altered)
    paper = _details("document", "application/pdf") | {"filename": "Bonusheft_2026.pdf"}
    yield _with_file("document", "Dokument", paper)
    yield _with_file("voice", "Sprachnachricht", _details("audio", "audio/ogg"))


def _details(kind: str, mime_type: str) -> dict[str, Any]:
    return {"kind": kind, "mime_type": mime_type, "found_type": mime_type}


def _with_file(name: str, title: str, details: dict[str, Any], **said: Any) -> Exhibit:
    message = theirs(type=details["kind"], body="")
    plain = {"state": MediaFile.State.STORED, "size": 245_000, "channel_id": ID, "details": details}
    file = MediaFile(**OF_THE_THREAD | plain | said)
    return _slip(name, title, message, Belongings({}, {message.pk: file}))


def _lines() -> Iterator[Exhibit]:
    """What is no message of a person."""
    of_note = OF_THE_THREAD | {"conversation_id": ID, "at": ago(20)}
    words = "Ruft zurück, sobald der Befund da ist. @Jonas Fechner weiß Bescheid."
    yield _slip("note", "Notiz", Note(**of_note, written_by=MELEK, body=words))
    yield _slip("system", "Systemzeile", Note(**of_note, written_by=None, body="Jonas Fechner hat übernommen."))
    changed = theirs(type="system", body="", content={"kind": "user_changed_number"})
    yield _slip("number", "Andere Nummer", changed)
