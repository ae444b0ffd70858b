"""Template messages, the only ones that may open a conversation (360dialog sections 2 and 8)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, Unpack

from django.utils.translation import gettext_lazy as _

from messaging.whatsapp.outgoing.envelope import Body, Envelope, enveloped
from messaging.whatsapp.outgoing.limits import ContentInvalid, within

NAME = re.compile(r"[a-z0-9_]{1,512}", re.ASCII)
# WhatsApp refuses parameters that could disturb the approved layout (132005, 132012).
LAYOUT = re.compile(r"[\n\r\t]| {5,}")

Values: TypeAlias = Sequence[str] | Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class HeaderFile:
    """A file above the text: image, video or document, uploaded before."""

    kind: str
    media_id: str
    filename: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class QuickReply:
    """What the reply of the template's button number `index` (from 0) brings back."""

    index: int
    payload: str


@dataclass(frozen=True, slots=True, repr=False)
class UrlSuffix:
    """The variable end of the address behind button number `index` (from 0)."""

    index: int
    suffix: str


def template(
    name: str,
    language: str,
    *,
    body: Values = (),
    header: HeaderFile | Values = (),
    buttons: Sequence[QuickReply | UrlSuffix] = (),
    **envelope: Unpack[Envelope],
) -> Body:
    """An approved template with its variables: a sequence for {{1}}, {{2}}, a mapping for named ones.

    Raises ContentInvalid for a name Meta cannot have approved, for positional and named variables in one message, and
    for values with line breaks, tabs or five spaces.
    """
    if not NAME.fullmatch(name):
        raise ContentInvalid(_("Diese Vorlage gibt es bei WhatsApp nicht. Bitte wählen Sie eine andere."))
    _check_one_style(body, header)
    components = [*_header(header), *_text_component("body", body), *map(_button, buttons)]
    content: Body = {"name": name, "language": {"code": language}}
    if components:
        content["components"] = components
    return enveloped("template", content, **envelope)


def _check_one_style(body: Values, header: HeaderFile | Values) -> None:
    filled = [values for values in (body, header) if values and not isinstance(values, HeaderFile)]
    if len({isinstance(values, Mapping) for values in filled}) > 1:
        raise ContentInvalid(
            _("Die Vorlage mischt benannte und nummerierte Angaben. Bitte korrigieren Sie die Vorlage.")
        )


def _header(header: HeaderFile | Values) -> list[Body]:
    if not isinstance(header, HeaderFile):
        return _text_component("header", header)
    file: Body = {"id": header.media_id}
    if header.filename:
        file["filename"] = header.filename
    return [{"type": "header", "parameters": [{"type": header.kind, header.kind: file}]}]


def _text_component(kind: str, values: Values) -> list[Body]:
    if not values:
        return []
    if isinstance(values, Mapping):
        parameters = [_parameter(value) | {"parameter_name": name} for name, value in values.items()]
    else:
        parameters = [_parameter(value) for value in values]
    return [{"type": kind, "parameters": parameters}]


def _parameter(value: str) -> Body:
    if LAYOUT.search(value):
        raise ContentInvalid(
            _(
                "Angaben einer Vorlage dürfen keine Zeilenumbrüche, Tabulatoren und Lücken enthalten. "
                "Bitte kürzen Sie sie."
            )
        )
    return {"type": "text", "text": within(value, 1024, _("Eine Angabe der Vorlage"))}


def _button(button: QuickReply | UrlSuffix) -> Body:
    if not 0 <= button.index <= 9:
        raise ContentInvalid(_("Eine Vorlage hat höchstens zehn Schaltflächen."))
    if isinstance(button, QuickReply):
        sub_type, parameter = (
            "quick_reply",
            {"type": "payload", "payload": within(button.payload, 256, _("Die Kennung"))},
        )
    else:
        sub_type, parameter = "url", {"type": "text", "text": within(button.suffix, 2000, _("Der Link"))}
    return {"type": "button", "sub_type": sub_type, "index": str(button.index), "parameters": [parameter]}
