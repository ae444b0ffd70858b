"""Texts, the ledger of consent events, what is granted now, and the doors through which people come in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.gate import Consent
from consent.purposes import Purpose
from patients.models import Contact, Patient
from practices.append_only import AppendOnly
from practices.models import Member
from practices.sealed import SealedBytesField, SealedJSONField, SealedTextField
from practices.tenancy import PracticeOwned, uuid7


class ConsentText(AppendOnly):
    """One immutable version of a text, as rendered with the practice's data (C-05). Clear: everybody may read it."""

    class Kind(models.TextChoices):
        QR_PAGE = "qr_page"
        CHAT = "chat"
        PRIVACY_NOTICE = "privacy_notice"
        WIDGET = "widget"  # text D
        ANAMNESE = "anamnese"  # text B
        GUARDIAN = "guardian"  # text F
        IMPORTED = "imported"  # the wording of an old form, as the practice gave it (C-19)

    kind = models.CharField(max_length=20, choices=Kind.choices)
    version = models.CharField(max_length=20)  # "de-2026-05"
    language = models.CharField(max_length=10)
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    valid_from = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "kind", "version", "sha256"], name="consent_text_version"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Channel(models.TextChoices):
    """How an act of consent reached us (section 2.4)."""

    QR_WEB = "qr_web", _("QR-Code")
    ANAMNESE_WEB = "anamnese_web", _("Anamnesebogen")
    WHATSAPP_BUTTON = "whatsapp_button", _("Taste im Chat")
    WHATSAPP_KEYWORD = "whatsapp_keyword", _("Wort im Chat")
    WIDGET = "widget", _("Website")
    WITHDRAWAL_PAGE = "withdrawal_page", _("Widerrufsseite")
    STAFF_DESK = "staff_desk", _("am Empfang")
    STAFF_PHONE = "staff_phone", _("am Telefon")
    PAPER_SCAN = "paper_scan", _("Papier")
    IMPORT = "import", _("Import")


class ConsentEvent(AppendOnly):
    """One act of consent on the ledger. Chained per practice; a trigger fills seq, recorded_at, prev_hash and hash.

    `payload` (sealed) holds the evidence of section 2.4 with its salt; `commitment` binds the chain to it, so the
    chain verifies after the evidence was shredded.
    """

    class Type(models.TextChoices):
        GRANTED = "granted", _("erteilt")
        CONFIRMED = "confirmed", _("bestätigt")
        REJECTED = "rejected", _("abgelehnt")
        WITHDRAWN = "withdrawn", _("widerrufen")
        EXPIRED = "expired", _("abgelaufen")
        OUTDATED = "outdated", _("veraltet")
        RENEWED = "renewed", _("erneuert")
        WRONG_NUMBER = "wrong_number", _("falsche Nummer")
        IMPORTED = "imported", _("übernommen")
        GUARDIAN_CHANGED = "guardian_changed", _("Sorge geändert")

    seq = models.BigIntegerField(editable=False)
    type = models.CharField(max_length=20, choices=Type.choices)
    channel = models.CharField(max_length=20, choices=Channel.choices)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    pending_opt_in_id = models.UUIDField(null=True)  # before a contact exists; no foreign key, the row is short-lived
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    evidence_id = models.UUIDField(default=uuid7)  # whose evidence key seals the payload
    payload = SealedJSONField(subject="evidence")
    commitment = models.BinaryField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(editable=False)
    prev_hash = models.BinaryField(editable=False)
    hash = models.BinaryField(editable=False)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "seq"], name="consent_event_seq"),
            models.CheckConstraint(
                condition=models.Q(contact=None) ^ models.Q(pending_opt_in_id=None),
                name="consent_event_of_contact_or_pending",
            ),
        ]
        indexes = [models.Index(fields=["practice", "contact", "seq"], name="consent_event_contact")]

    def __str__(self) -> str:
        return f"{self.type} {self.seq}"


class ConsentState(PracticeOwned):
    """What holds now for (contact, patient or the contact itself, purpose). Derived from the ledger, rebuildable."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consent_states", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    state = models.CharField(max_length=10, choices=Consent.choices)
    event = models.ForeignKey(ConsentEvent, on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "contact", "patient", "purpose"],
                nulls_distinct=False,
                name="consent_state_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


class ConsentTrace(PracticeOwned):
    """Truncated address and browser family of a consent on the web; outside the commitment, deleted after 90 days."""

    event = models.ForeignKey(ConsentEvent, on_delete=models.CASCADE, related_name="traces", db_index=False)
    network = models.CharField(max_length=45)  # IPv4 /24, IPv6 /48
    browser = models.CharField(max_length=30)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.pk)


class QrCode(PracticeOwned):
    """A code on a stand. Its token is shown again on screen and paper, so it is kept, sealed."""

    name = models.CharField(max_length=100)
    token = SealedTextField(subject="practice")
    purposes = models.JSONField(default=list, blank=True)  # the boxes its page shows; empty: all the practice offers
    language = models.CharField(max_length=10, blank=True)  # of its page; empty: what the browser prefers
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class QrDay(PracticeOwned):
    """How often a code was opened on one day of the practice, and what came of it. Nothing about who."""

    qr_code = models.ForeignKey(QrCode, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    opened = models.PositiveIntegerField(default=0)
    agreed = models.PositiveIntegerField(default=0)  # forms sent
    confirmed = models.PositiveIntegerField(default=0)  # numbers proven

    class Meta(PracticeOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["practice", "day", "qr_code"], name="qr_day_once")]

    def __str__(self) -> str:
        return str(self.day)


class Kiosk(PracticeOwned):
    """A tablet at the desk that shows a code and nothing else. Its cookie is a Door; nobody logs in on it."""

    name = models.CharField(max_length=100)
    qr_code = models.ForeignKey(QrCode, on_delete=models.PROTECT, related_name="+", db_index=False)
    pairing_hash = models.BinaryField(null=True)  # keyed; of the code an admin types on the tablet, once
    pairing_until = models.DateTimeField(null=True)
    paired_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # when the tablet last asked
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class Widget(PracticeOwned):
    """The way from the practice's website: text D, then WhatsApp, then text C in the chat."""

    name = models.CharField(max_length=100)
    token = SealedTextField(subject="practice")  # shown again in the snippet
    origins = models.JSONField(default=list)  # ["https://www.zahnarztpraxis.example"]: who may load the script
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class PendingOptIn(PracticeOwned):
    """A form that was agreed to and waits for the message that proves the number. Kept 14 days (C-08).

    From the website nothing is agreed to yet, only text D was read: then there is a widget and no event, and the code
    leads to text C.
    """

    form_id = models.UUIDField()  # signed into the page, so a form posted twice is one act
    code_hash = models.BinaryField()  # keyed; the code itself is in the person's WhatsApp text only
    code_expires_at = models.DateTimeField()  # 30 minutes
    used_at = models.DateTimeField(null=True)
    purposes = SealedJSONField(subject="practice")  # {"organisation": true, …}
    language = models.CharField(max_length=10)
    event = models.ForeignKey(ConsentEvent, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    widget = models.ForeignKey(Widget, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    qr_code = models.ForeignKey(QrCode, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "form_id"], name="pending_form_once"),
            models.UniqueConstraint(fields=["practice", "code_hash"], name="pending_code_once"),
            models.CheckConstraint(
                condition=models.Q(event=None) ^ models.Q(widget=None), name="pending_of_form_or_widget"
            ),
        ]
        indexes = [models.Index(fields=["practice", "created_at"], name="pending_by_time")]

    def __str__(self) -> str:
        return str(self.pk)


class LedgerCheckpoint(AppendOnly):
    """A signed head of the chain (Ed25519), so that a cut tail is seen."""

    entries = models.BigIntegerField()
    head = models.BinaryField()
    root = models.BinaryField(null=True)  # of the tree over the entries; the first checkpoints had none
    public_key = models.BinaryField(null=True)  # of the key that signed, 32 bytes
    signed_at = models.DateTimeField(auto_now_add=True)
    note = models.TextField()  # the signed words
    signature = models.BinaryField()

    def __str__(self) -> str:
        return str(self.entries)


class ConsentDocument(PracticeOwned):
    """A scan of a paper, or the file an import came from: sealed in chunks under MEDIA_ROOT, named by its id.

    The evidence key seals it, so it stays as long as the proof does (Art. 17(3)(e)).
    """

    evidence_id = models.UUIDField(default=uuid7)
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    details = SealedJSONField(subject="evidence")  # {"filename", "mime_type", "sha256"}
    file_key = SealedBytesField(subject="evidence")
    size = models.BigIntegerField()  # plaintext bytes
    uploaded_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.pk)


class ConsentImport(PracticeOwned):
    """A list of old consents: uploaded, looked through row by row, then carried out once (C-19)."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("hochgeladen")
        CHECKED = "checked", _("geprüft")
        RUNNING = "running", _("läuft")
        DONE = "done", _("übernommen")
        DISCARDED = "discarded", _("verworfen")

    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    source = SealedJSONField(subject="practice")  # {"filename", "columns": […], "encoding", "sheet"}
    mapping = models.JSONField(default=dict)  # our field → number of the column
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    document = models.ForeignKey(ConsentDocument, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    rows_in_all = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class ConsentImportRow(PracticeOwned):
    """One line of an import, and what became of it."""

    belongs_to = models.ForeignKey(ConsentImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()  # as the person sees it in the table, the head being 1
    cells = SealedJSONField(subject="practice", null=True)  # emptied once the row is done
    verdict = models.CharField(max_length=40, blank=True)  # of consent/imports/verdicts.py
    event = models.ForeignKey(ConsentEvent, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(PracticeOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "belongs_to", "number"], name="import_row_once"),
        ]
        indexes = [models.Index(fields=["practice", "belongs_to", "verdict"], name="import_row_verdict")]

    def __str__(self) -> str:
        return f"{self.number} {self.verdict}"


class TextDraft(PracticeOwned):
    """A practice's own wording on its way: written by one, published by another (four eyes). Clear: a public text."""

    class State(models.TextChoices):
        WRITING = "writing", _("in Arbeit")
        SUBMITTED = "submitted", _("zur Freigabe")
        PUBLISHED = "published", _("veröffentlicht")
        DISCARDED = "discarded", _("verworfen")

    language = models.CharField(max_length=10)
    based_on = models.CharField(max_length=20)  # the version it began from
    content = models.JSONField()  # as a file of consent/texts/
    renews = models.JSONField(default=list, blank=True)  # C-06: purposes whose holders must agree anew
    reason = models.CharField(max_length=300, blank=True)
    return_notes = models.JSONField(
        default=list, blank=True
    )  # why it was handed back, each time; the trail counts them
    state = models.CharField(max_length=10, choices=State.choices, default=State.WRITING)
    written_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.language} {self.state}"

    @property
    def return_note(self) -> str:
        """Why it came back to be written on; empty once it was handed on again."""
        return self.return_notes[-1] if self.return_notes and self.state == self.State.WRITING else ""


class TextEdition(AppendOnly):
    """A practice's own published version of all texts in one language. Stays readable for ever (C-05)."""

    language = models.CharField(max_length=10)
    version = models.CharField(max_length=20)  # "de-2026-05.m1": the house's version, then the practice's own number
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)  # of the canonical content
    renews = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True)
    written_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    published_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["practice", "language", "version"], name="text_edition_once"),
        ]

    def __str__(self) -> str:
        return self.version
