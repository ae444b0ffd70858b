"""Tenant, people, roles, doors, trail and changes."""

from datetime import time
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Func
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from practices.append_only import AppendOnly
from practices.keystore import DataKey as DataKey
from practices.sealed import SealedBytesField
from practices.tenancy import PracticeOwned, uuid7
from practices.totp import TimeCodeDevice


class StrangerReply(models.TextChoices):
    """What somebody gets who writes without having agreed (C-10, L-9)."""

    ASK = "ask", _("um Einwilligung bitten, bis dahin nur neutrale Antworten")
    ONE_REPLY = "one_reply", _("um Einwilligung bitten, einmal darf frei geantwortet werden")
    NOTHING = "nothing", _("gar nicht antworten")


class Practice(models.Model):
    """A dental practice: the tenant, and the controller in the sense of the DSGVO. Public facts, nothing sealed."""

    id = models.AutoField(primary_key=True)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    name_nominative = models.CharField(max_length=200)  # "die Zahnarztpraxis …", for sentences in consent texts
    name_dative = models.CharField(max_length=200)
    short_name = models.CharField(max_length=100)
    street = models.CharField(max_length=200)
    postal_code = models.CharField(max_length=10)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=50)  # Bundesland, for public holidays
    phone = models.CharField(max_length=20)
    emergency_phone = models.CharField(max_length=20)
    email = models.EmailField()
    website = models.URLField(blank=True)
    timezone = models.CharField(max_length=50, default="Europe/Berlin")
    escalate_after = models.PositiveSmallIntegerField(default=60)  # minutes of opening time without an answer; 0: never
    answer_time = models.CharField(max_length=50, blank=True)  # the promise in words: "2 Stunden"
    opening_hours = models.JSONField(default=dict)  # {"mon": [["08:00", "12:00"], …], …} in local time
    data_transfer_stopped = models.BooleanField(default=False)  # L-5: the EU–US framework fell, nothing goes out
    # M-0: when the owner documented the decision to write over WhatsApp at all; nothing goes out before.
    live_since = models.DateTimeField(null=True)
    colour = models.CharField(max_length=7, default="#0d5c63")  # of what is printed, #rrggbb
    # What the practice decided where the law leaves it a choice (dental-dsgvo section 8).
    offered_purposes = models.JSONField(default=list, blank=True)  # L-4; empty: all
    consent_age = models.PositiveSmallIntegerField(default=16)  # L-8, C-20: 14, 16 or 18
    guardian_count = models.PositiveSmallIntegerField(default=1)  # L-8: 1, or 2 where both parents must agree
    stranger_reply = models.CharField(max_length=10, choices=StrangerReply.choices, default=StrangerReply.ASK)  # L-9
    reply_after_stop = models.BooleanField(default=False)  # L-10: E5, once in 24 hours
    files_in_chat = models.BooleanField(default=False)  # C-25: else files go by protected link or on paper
    proof_years = models.PositiveSmallIntegerField(default=3)  # L-11: 3 to 10
    quiet_from = models.TimeField(default=time(20))  # C-27, in the practice's time zone; Sundays are quiet all day
    quiet_until = models.TimeField(default=time(8))
    recall_pause_months = models.PositiveSmallIntegerField(default=5)  # C-27: one recall in this time …
    recall_tries = models.PositiveSmallIntegerField(default=2)  # … and so many without an answer
    recall_as_service = models.BooleanField(default=False)  # L-7: by a template Meta counts as service, if ordered
    advertising_per_year = models.PositiveSmallIntegerField(default=4)  # what text A promises
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.slug

    @property
    def address(self) -> str:
        return f"{self.street}, {self.postal_code} {self.city}"


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str, name: str) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """Somebody who logs in. Belongs to practices through Member only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    # Unlocks a screen where this person has logged in already, never opens a session. Hashed like the password.
    pin = models.CharField(max_length=128, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split() if not word.endswith(".")]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:]))


class Role(models.TextChoices):
    OWNER = "owner", _("Inhaber:in")
    DENTIST = "dentist", _("Zahnärzt:in")
    PRACTICE_MANAGER = "practice_manager", _("Praxismanager:in")
    RECEPTION = "reception", _("Empfang")
    PROPHYLAXIS = "prophylaxis", _("Prophylaxe")
    TRAINEE = "trainee", _("Auszubildende:r")


class Member(PracticeOwned):
    """Somebody who works at a practice. Has a second policy, so that login finds a user's own memberships."""

    Role = Role

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", db_index=False)
    role = models.CharField(max_length=20, choices=Role.choices)
    left_at = models.DateTimeField(null=True, blank=True)
    preferences = models.JSONField(default=dict)  # how this person works: practices/preferences.py
    created_at = models.DateTimeField(auto_now_add=True)

    # Found before a practice is in scope; all its queries name the practice or the user (tests/guards).
    objects: ClassVar[models.Manager["Member"]] = models.Manager()  # type: ignore[assignment]

    class Meta:
        base_manager_name = "objects"
        indexes = [models.Index(fields=["user"], name="member_user")]
        constraints = [models.UniqueConstraint(fields=["practice", "user"], name="member_once_per_practice")]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"


class TotpDevice(TimeCodeDevice):
    """A phone that makes six-digit codes (RFC 6238, 30 seconds). Its secret is sealed with the system key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    secret = SealedBytesField(subject="system")
    last_step = models.BigIntegerField(default=-1)  # a code is accepted once, also under parallel posts

    _default_manager: ClassVar[models.Manager["TotpDevice"]]  # mypy knows nothing of django-otp's classes

    def __str__(self) -> str:
        return str(self.pk)


class LoginSession(AbstractBaseSession):
    """A session with what the stream must know beside its signed content, since the stream holds no secret."""

    user_id = models.UUIDField(null=True, db_index=True)
    verified = models.BooleanField(default=False)  # both steps passed
    active_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    shielded = models.BooleanField(default=False)  # answers with the shield alone (practices/shield.py)
    workplace = models.CharField(max_length=64, blank=True, db_index=True)  # hash of a browser's own token, or none
    wrong_pins = models.PositiveSmallIntegerField(default=0)  # tried at it; never fewer as time goes by

    class Meta(AbstractBaseSession.Meta):
        db_table = "login_session"

    def save(self, *args: Any, **options: Any) -> None:
        """What a request saves at its end leaves alone what other requests may have changed in the row meanwhile."""
        if options.get("force_update"):
            options["update_fields"] = ["session_data", "expire_date", "user_id", "verified", "active_at", "started_at"]
        super().save(*args, **options)

    @classmethod
    def get_session_store_class(cls) -> Any:
        return import_string(f"{settings.SESSION_ENGINE}.SessionStore")  # late: the store is built on this model


class LoginEvent(models.Model):
    """A login that worked or failed. Global: it happens before a practice is known."""

    class Kind(models.TextChoices):
        PASSWORD_ACCEPTED = "password_accepted"  # noqa: S105
        PASSWORD_REFUSED = "password_refused"  # noqa: S105
        CODE_REFUSED = "code_refused"
        LOGGED_IN = "logged_in"
        LOGGED_OUT = "logged_out"
        LOCKED_OUT = "locked_out"
        PIN_REFUSED = "pin_refused"
        SWITCHED = "switched"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    user_id = models.UUIDField(null=True)  # no foreign key: null when the e-mail was unknown
    network = models.CharField(max_length=45)  # IPv4 /24 or IPv6 /48
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.kind


class Door(models.Model):
    """Where a token from outside leads to, before a practice is known. Holds nothing personal.

    The token itself is 128 random bits and is not stored here. Not a practice's own table, hence `leads_to`.
    """

    class Kind(models.TextChoices):
        WEBHOOK = "webhook"
        QR = "qr"
        API = "api"
        INVITATION = "invitation"
        ANAMNESIS = "anamnesis"
        DOCUMENT = "document"
        UPLOAD = "upload"
        WITHDRAWAL = "withdrawal"
        KIOSK = "kiosk"
        WIDGET = "widget"

    token_hash = models.BinaryField(primary_key=True)  # SHA-256
    kind = models.CharField(max_length=12, choices=Kind.choices)
    leads_to = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="+", db_index=False)
    object_id = models.UUIDField()
    secret_hash = models.BinaryField(null=True)  # webhook only: SHA-256 of the secret its header must carry
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.kind


class AuditEvent(AppendOnly):
    """Who did what about which row. Written in the same transaction as the deed; codes and ids only."""

    kind = models.CharField(max_length=50)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    about_kind = models.CharField(max_length=50)
    about_id = models.UUIDField()
    codes = models.JSONField(default=dict)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["practice", "about_id", "at"], name="audit_event_about")]

    def __str__(self) -> str:
        return self.kind


class AccessLog(PracticeOwned):
    """Who looked at what, or which page of a patient was opened. Never an address (a page) and never a content."""

    class Reason(models.TextChoices):
        CALL = "call", _("Anruf der Person")
        VISIT = "visit", _("Die Person ist in der Praxis")
        QUESTION = "question", _("Rückfrage aus dem Team")
        BILLING = "billing", _("Abrechnung")
        OTHER = "other", _("anderer dienstlicher Grund")

    kind = models.CharField(max_length=30)
    at = models.DateTimeField(auto_now_add=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    about_id = models.UUIDField()
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)  # where an unusual look asked for one

    class Meta(PracticeOwned.Meta):
        indexes = [
            models.Index(fields=["practice", "about_id", "at"], name="access_log_about"),
            models.Index(fields=["practice", "member", "at"], name="access_log_member"),
        ]

    def __str__(self) -> str:
        return self.kind


class TransactionIdField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's 64-bit transaction id (xid8); the database fills it in."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002
        return "xid8"

    def from_db_value(self, value: Any, *_: Any) -> int | None:
        return None if value is None else int(value)


class CurrentTransaction(Func):
    function = "pg_current_xact_id"
    template = "%(function)s()"
    output_field = TransactionIdField()


class Change(PracticeOwned):
    """Something a screen may show has changed: kind and id, no content. Kept seven days for browsers that slept."""

    transaction = TransactionIdField(db_default=CurrentTransaction())
    kind = models.CharField(max_length=20)
    ref = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta(PracticeOwned.Meta):
        indexes = [
            models.Index(fields=["practice", "transaction"], name="change_cursor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class ApiToken(PracticeOwned):
    """A practice's key for /api/v1/. The token itself is shown once; its hash is a Door."""

    class Scope(models.TextChoices):
        READ = "read", _("Lesen")
        WRITE = "write", _("Lesen und schreiben")

    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    created_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(UUID(str(self.pk)))
