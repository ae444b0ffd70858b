"""WhatsApp's limits for what we send (360dialog sections 2 and 3), told to staff before anything leaves."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MEGABYTE = 1_000_000

OFFICE_TYPES = (
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
)

KIND_OF_TYPE = (
    dict.fromkeys(("image/jpeg", "image/png"), "image")
    | dict.fromkeys(("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), "audio")
    | dict.fromkeys(("video/mp4", "video/3gpp"), "video")
    | dict.fromkeys(("text/plain", "application/pdf", *OFFICE_TYPES), "document")
    | {"image/webp": "sticker"}
)

LARGEST = {
    "image": 5 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "document": 100 * MEGABYTE,
    "sticker": 500_000,
}


class ContentInvalid(ValueError):
    """WhatsApp would refuse this content. `for_person` is the sentence to show; it quotes nothing of the content."""

    def __init__(self, sentence: Promise | str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    @property
    def for_person(self) -> str:
        return str(self.sentence)


def within(value: str, longest: int, what: Promise | str, *, shortest: int = 1) -> str:
    """The value, if it has between `shortest` and `longest` characters and is not blank."""
    if len(value) > longest:
        raise ContentInvalid(
            _("%(what)s ist zu lang: höchstens %(longest)d Zeichen, jetzt sind es %(length)d.")
            % {"what": what, "longest": longest, "length": len(value)}
        )
    if shortest and not value.strip():
        raise ContentInvalid(_("%(what)s fehlt. Bitte ergänzen Sie das.") % {"what": what})
    return value


def at_most(count: int, most: int, what: Promise | str, *, least: int = 1) -> None:
    """Raises ContentInvalid for a number of things outside `least` to `most`."""
    if not least <= count <= most:
        raise ContentInvalid(
            _("%(what)s: erlaubt sind %(least)d bis %(most)d, jetzt sind es %(count)d.")
            % {"what": what, "least": least, "most": most, "count": count}
        )


def distinct(values: Iterable[str], what: Promise | str) -> None:
    """WhatsApp refuses two buttons or rows of the same id or title (131009)."""
    listed = list(values)
    if len(set(listed)) != len(listed):
        raise ContentInvalid(_("%(what)s: Zwei Einträge sind gleich. Bitte ändern Sie einen davon.") % {"what": what})


def media_kind(mime_type: str, size: int) -> str:
    """As which kind of message a file goes out: image, audio, video, document or sticker. `size` in bytes.

    Raises ContentInvalid for a type WhatsApp does not take, or a file too large for its kind.
    """
    kind = KIND_OF_TYPE.get(mime_type.partition(";")[0].strip().lower())
    if kind is None:
        raise ContentInvalid(
            _("WhatsApp nimmt dieses Dateiformat nicht an. Bitte senden Sie die Datei als PDF oder JPEG.")
        )
    if size > LARGEST[kind]:
        raise ContentInvalid(
            _("Die Datei ist zu groß: WhatsApp nimmt hier höchstens %(megabytes)s MB an.")
            % {"megabytes": f"{LARGEST[kind] / MEGABYTE:g}".replace(".", ",")}
        )
    return kind
