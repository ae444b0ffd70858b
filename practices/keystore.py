"""The table of wrapped keys, in a database schema of its own so that backups can treat it apart (security.md 1.5)."""

from django.db import models

from practices.tenancy import PracticeOwned


class Subject(models.TextChoices):
    """Whose key seals a row."""

    ROOT = "root"
    PRACTICE = "practice"
    CONTACT = "contact"
    PATIENT = "patient"
    EVIDENCE = "evidence"
    SYSTEM = "system"  # derived from the master, has no row


class DataKey(PracticeOwned):
    """One wrapped key. Destroying a subject's keys makes everything they sealed unreadable, in backups too."""

    class State(models.TextChoices):
        ACTIVE = "active"
        RETIRED = "retired"  # still opens, seals nothing new

    kind = models.CharField(max_length=10, choices=Subject.choices)
    subject_id = models.UUIDField()  # no foreign key: a key outlives or precedes its subject's row
    version = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()  # stands in the header of each ciphertext
    wrapped = models.BinaryField()
    commitment = models.BinaryField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(PracticeOwned.Meta):
        db_table = '"keystore"."data_key"'
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "kind", "subject_id", "version"], name="data_key_one_version_per_subject"
            ),
            models.UniqueConstraint(fields=["practice", "number"], name="data_key_number"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} key {self.number}"
