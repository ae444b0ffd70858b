"""What marks a message on the screen: the line above its text by its kind, and the ticks of ours."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import Message

S = Message.State
CANNOT_BE_SHOWN = frozenset({"unsupported", "unknown"})

# Kind (kinds.kind_of) → icon and words above the text. What is not here has no such line.
KINDS: dict[str, tuple[str, Promise]] = {
    "button_reply": ("mouse-pointer-click", gettext_lazy("Knopf getippt")),
    "list_reply": ("mouse-pointer-click", gettext_lazy("Aus der Liste gewählt")),
    "template": ("layout-template", gettext_lazy("Vorlage")),
    "automatic": ("bot", gettext_lazy("Automatische Antwort")),
    "location": ("map-pin", gettext_lazy("Standort")),
    "contacts": ("users", gettext_lazy("Kontakt geschickt")),
    "order": ("clipboard-list", gettext_lazy("Bestellung")),
    "flow_reply": ("clipboard-list", gettext_lazy("Formular ausgefüllt")),
    "unsupported": ("circle-help", gettext_lazy("Nicht darstellbar")),
    "unknown": ("circle-help", gettext_lazy("Nicht darstellbar")),
}
# State → style, icon, word, and whether the word always stands there (else for screen readers alone, but after a run).
TICKS: dict[str, tuple[str, str, Promise, bool]] = {
    S.QUEUED: ("queued", "clock", gettext_lazy("wird gesendet"), True),
    S.SENDING: ("queued", "clock", gettext_lazy("wird gesendet"), True),
    S.SENT: ("sent", "check", gettext_lazy("gesendet"), False),
    S.DELIVERED: ("delivered", "check-check", gettext_lazy("zugestellt"), False),
    S.READ: ("read", "check-check", gettext_lazy("gelesen"), False),
    S.FAILED: ("failed", "triangle-alert", gettext_lazy("nicht zugestellt"), True),
    S.CANCELLED: ("failed", "octagon-x", gettext_lazy("nicht gesendet"), True),
    S.UNCONFIRMED: ("unconfirmed", "circle-help", gettext_lazy("unbestätigt"), True),
}
# State of ours → how the slip looks; the others look alike.
LOOKS = {
    S.QUEUED: "queued",
    S.SENDING: "queued",
    S.FAILED: "failed",
    S.UNCONFIRMED: "unconfirmed",
    S.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class KindLine:
    icon: str
    words: str


@dataclass(frozen=True, slots=True)
class Ticks:
    """`always_says`: the word stands there whether or not it is the last of a run."""

    style: str
    icon: str
    word: str
    always_says: bool


def kind_line(kind: str, title: str) -> KindLine | None:
    """The line above the text; a template and an automatic answer say which."""
    if kind not in KINDS:
        return None
    icon, words = KINDS[kind]
    if kind == "template":
        return KindLine(icon, f"{words} {title}")
    return KindLine(icon, f"{words}: {title}" if kind == "automatic" and title else str(words))


def ticks_of(state: str) -> Ticks | None:
    """How far a message of ours has come."""
    if state not in TICKS:
        return None
    style, icon, word, always_says = TICKS[state]
    return Ticks(style, icon, str(word), always_says)


def help_title(state: str) -> str:
    """What stands before the reason of a message that did not simply arrive."""
    return {
        S.FAILED: _("Nicht angekommen:"),
        S.CANCELLED: _("Nicht gesendet:"),
        S.UNCONFIRMED: _("Unklar, ob es ankam:"),
    }.get(S(state), "")
