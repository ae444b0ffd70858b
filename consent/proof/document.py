"""The proof as a file: a PDF/A-3b made by typst, its data attached, sealed over every byte.

Typst sets what the JSON says and runs nothing of it. It brings its own fonts; a sign that none of them has is written
as its code point, since PDF/A allows no empty boxes. The exact signs are in the data.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

import typst
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from consent.checkpoints import fingerprint
from consent.history import Act, Names, Span
from consent.models import ConsentEvent
from consent.proof.dossier import Dossier, Json
from consent.proof.verify_proof import digest_of, page_digests, sealed, spelled
from consent.retelling import facts_of, for_the_person
from consent.texts import direction_of
from practices.models import Practice

NOBODY = Names({}, {})  # no name of the team leaves the practice (C-32); the data has their ids
# What the fonts in typst have: Latin, Greek, Cyrillic and ordinary signs for certain, Arabic for most of it.
CERTAIN = r"\n -\u024f\u0370-\u03ff\u0400-\u04ff\u2010-\u2027\u2030-\u203a\u20ac\u2116\u2122\u2610\u2611"
UNSURE = (re.compile(rf"[^{CERTAIN}\u0600-\u06ff]"), re.compile(rf"[^{CERTAIN}]"))


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom a proof is about: what they are called, their number, and the patients they write for by id."""

    name: str
    number: str
    patients: dict[Any, str]


def proof_pdf(
    practice: Practice, person: Person, acts: Sequence[Act], spans: Sequence[Span], dossier: Dossier
) -> bytes:
    """The whole file, in German. Set twice: the digests of the pages are part of what is attached to them."""
    with override("de"):
        said, pages = _readable(_said(practice, person, acts, spans, dossier))
    proof = dossier.proof | {"pages": page_digests(pages)}
    proof["digest"] = digest_of(proof)
    return sealed(_set(said, spelled(proof).decode()))


def _readable(said: Json) -> tuple[Json, bytes]:
    """What can be set, and the pages of it: signs without a font become their code points."""
    for unsure in UNSURE:
        try:
            return said, _set(said, "")
        except typst.TypstError:
            said = _spelled_out(said, unsure)
    return said, _set(said, "")


def _set(said: Json, proof: str) -> bytes:
    source = resources.files(__package__).joinpath("document.typ").read_bytes()
    inputs = {"said": json.dumps(said), "proof": proof}
    pdf: bytes = typst.compile(source, sys_inputs=inputs, pdf_standards=["a-3b"], ignore_system_fonts=True)
    return pdf


def _spelled_out(part: Any, unsure: re.Pattern[str]) -> Any:
    if isinstance(part, dict):
        return {name: _spelled_out(value, unsure) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_spelled_out(value, unsure) for value in part]
    return unsure.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", part) if isinstance(part, str) else part


# ── what it says ──


def _said(practice: Practice, person: Person, acts: Sequence[Act], spans: Sequence[Span], dossier: Dossier) -> Json:
    at = timezone.localtime(datetime.fromisoformat(dossier.proof["made_at"]))
    return {
        "language": "de",
        "title": _("Nachweis über Einwilligungen"),
        "practice": {"name": practice.name},
        "date": {name: getattr(at, name) for name in ("year", "month", "day", "hour", "minute", "second")},
        "made_at": _moment(at),
        "about": _about(practice, person, at),
        "standings": [_standing(span, person) for span in spans if span.until is None],
        "acts": [_act(act) for act in acts],
        "texts": _texts(acts),
        "checks": _checks(acts, dossier),
        "note": dossier.checkpoint.note if dossier.checkpoint else None,
        "shows": _shows(),
        "instruction": _instruction(),
        "words": _words(),
    }


def _words() -> Json:
    return {
        "standing": _("Was heute gilt"),
        "standing_columns": [_("Für wen"), _("Zweck"), _("Stand"), _("Seit")],
        "nothing": _("Es gibt keine Einwilligung."),
        "history": _("Was geschehen ist"),
        "history_lead": _("In der Reihenfolge, in der es im Register steht. Uhrzeiten nach der Uhr der Praxis."),
        "hash": _("Prüfsumme"),
        "texts": _("Die Texte, wie sie gezeigt wurden"),
        "text_hash": "SHA-256",
        "checks": _("Was geprüft wurde, und was dieser Nachweis zeigt"),
        "instruction": _("So prüfen Sie diesen Nachweis selbst"),
        "attachment": _("Die Einträge des Registers mit Belegen, zum Nachrechnen"),
    }


def _about(practice: Practice, person: Person, at: datetime) -> list[tuple[str, str]]:
    told = [
        (_("Praxis"), f"{practice.name}, {practice.address}"),
        (_("Person"), person.name),
        (_("Nummer"), person.number),
        (_("Erstellt"), _moment(at)),
    ]
    return [(what, how) for what, how in told if how]


def _standing(span: Span, person: Person) -> tuple[str, str, str, str]:
    whom = person.patients.get(span.patient_id, "") if span.patient_id else _("die Person selbst")
    return whom, str(span.purpose.label), str(span.state.label), _moment(span.since)


def _act(act: Act) -> Json:
    event = act.event
    facts = [*facts_of(act, NOBODY), (_("Im Register seit"), _moment(event.recorded_at))]
    if act.text:
        facts.append((_("Gezeigter Text"), f"{act.text.version} ({act.text.language})"))
    return {
        "title": f"{_moment(event.occurred_at)}: {ConsentEvent.Type(event.type).label} ({_('Eintrag')} {event.seq})",
        "sentence": for_the_person(act),
        "facts": facts,
        "hash": bytes(event.hash).hex(),
    }


def _texts(acts: Sequence[Act]) -> list[Json]:
    texts = {act.text.pk: act.text for act in acts if act.text}
    return [
        {
            "title": f"{text.version}, {_('gültig ab')} {_moment(text.valid_from)}",
            "language": text.language.partition("-")[0],
            "is_rtl": direction_of(text.language) == "rtl",
            "sha256": text.sha256,
            "lines": text.body.split("\n"),
        }
        for text in texts.values()
    ]


def _checks(acts: Sequence[Act], dossier: Dossier) -> list[tuple[str, str]]:
    signed = dossier.checkpoint
    if signed is None:
        return [(_("Unterschrift"), _("Der Stand des Registers wurde noch nicht unterschrieben."))]
    newer = [str(act.event.seq) for act in acts if act.event.seq > signed.entries]
    whole = _("unverändert") if dossier.is_whole else _("stimmt nicht mit dem unterschriebenen Stand überein")
    told = [
        (_("Register"), _("%(count)d Einträge, %(result)s") % {"count": signed.entries, "result": whole}),
        (_("Unterschrieben"), _moment(signed.signed_at)),
        (_("Fingerabdruck"), fingerprint(bytes(signed.public_key or b""))),
        (_("Noch nicht unterschrieben"), ", ".join(newer)),
    ]
    return [(what, how) for what, how in told if how]


def _shows() -> list[str]:
    return [
        _("Jeder Eintrag ist, was damals geschrieben wurde: Belege, Zeiten und Texte sind seither unverändert."),
        _("Jeder unterschriebene Eintrag gehört zu dem Register, das an dem genannten Tag unterschrieben wurde."),
        _(
            "Was die Datei allein nicht zeigt: dass es keinen weiteren Eintrag zu dieser Person gibt. Dazu braucht es "
            "das ganze Register, das andere Personen enthält; eine Behörde kann es in der Praxis prüfen lassen."
        ),
        _("Den Schlüssel hat die Praxis jeden Tag per E-Mail bekommen, an dem sich etwas geändert hat."),
    ]


def _instruction() -> list[str]:
    return [
        _("Laden Sie das Prüfprogramm verify_proof.py von der Praxis. Es ist eine Datei und gut lesbar."),
        _("Nötig ist Python ab 3.11 mit dem Paket „cryptography“. Roger und das Internet braucht es nicht."),
        _("Rufen Sie auf: python verify_proof.py nachweis.pdf --key schluessel.pem"),
        _("Die Antwort ist „ok“ mit dem, was geprüft wurde, oder die Stelle, an der etwas geändert wurde."),
    ]


def _moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%d.%m.%Y, %H:%M:%S")
