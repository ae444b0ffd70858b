"""What a patient may agree to, one by one (C-01)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Purpose(TextChoices):
    """A reason to write to a patient over WhatsApp; the labels are those of the consent page."""

    ORGANISATION = "organisation", _("Termine und Organisation")
    BEHANDLUNG = "behandlung", _("Behandlung und Kostenplan")
    RECALL = "recall", _("Vorsorge-Erinnerung")
    WERBUNG = "werbung", _("Neuigkeiten")


# § 7(2) no. 2 UWG: a reminder of a visit nobody agreed on is advertising too.
ADVERTISING = frozenset({Purpose.RECALL, Purpose.WERBUNG})
