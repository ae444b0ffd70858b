"""The proof file (C-18): what it says, that a stranger can check it, and that every change is found at its place."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.utils import timezone

from consent.checkpoints import checkpoint, key_file, newest_checkpoint
from consent.history import history_of
from consent.ledger import Actor, ActorKind, Type
from consent.models import Channel, ConsentText
from consent.proof import verify_proof
from consent.proof.dossier import dossier_of
from consent.proof.verify_proof import digest_of, spelled, verify
from consent.wording import current_text
from practices import keys
from practices.keystore import Subject
from patients.models import Contact
from practices.models import Practice, Role
from practices.scope import practice_scope
from tests.consent.ledgers import ONE, book, tamper
from tests.consent.proofs import Json, a_history, changed, data_of, flipped, part_named, proof_of
from tests.consent_factories import OTHER_PHONE, PHONE, make_contact, tap
from tests.people import make_member

VERIFIER = Path(verify_proof.__file__)


@pytest.fixture
def pdf(practice: Practice) -> bytes:
    return proof_of(practice, a_history())


@pytest.fixture
def proof(pdf: bytes) -> Json:
    return data_of(pdf)


def run(*arguments: str | Path) -> tuple[int, str]:
    """The verifier as a stranger runs it: a file of its own in a Python that knows nothing of Roger."""
    command = [sys.executable, "-I", str(VERIFIER), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    return done.returncode, done.stdout


# ── whole ──


def test_c_18_a_stranger_gets_ok_without_roger_and_is_told_what_was_checked(
    practice: Practice, pdf: bytes, tmp_path: Path
) -> None:
    file, key = tmp_path / "nachweis.pdf", tmp_path / "schluessel.pem"
    file.write_bytes(pdf)
    signed = newest_checkpoint()
    assert signed is not None
    key.write_text(key_file(bytes(signed.public_key or b"")))

    code, said = run(file, "--key", key)

    lines = [re.sub(r"am \S+ mit|[0-9a-f ]{79}$", "…", line) for line in said.splitlines()]
    assert code == 0
    assert lines == [
        "ok",
        "- 4 Einträge: Beleg, Felder und Prüfsumme passen zusammen.",
        "- 2 Texte: Wort für Wort die, denen zugestimmt wurde.",
        "- 4 davon stehen unverändert im Register roger/morgenthal/consent, wie es … 6 Einträgen unterschrieben wurde.",
        "- Fingerabdruck des Schlüssels: …",
        "- Die Seiten und die Datei sind unverändert.",
    ]


def test_c_18_the_data_alone_can_be_checked_as_well(proof: Json) -> None:
    assert verify(spelled(proof))[1] == []


def test_the_verifier_imports_nothing_but_the_standard_library_and_cryptography() -> None:
    imported = set(re.findall(r"^(?:from|import) (\w+)", VERIFIER.read_text(), re.MULTILINE))

    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_c_18_the_file_holds_every_entry_of_the_person_and_none_of_others(proof: Json) -> None:
    assert [entry["seq"] for entry in proof["entries"]] == [1, 2, 4, 6]
    assert OTHER_PHONE not in json.dumps(proof)
    assert {entry["payload"]["evidence"]["phone"] for entry in proof["entries"]} == {None, PHONE}


def test_c_18_the_texts_are_those_that_were_shown_word_for_word(practice: Practice, proof: Json) -> None:
    shown = [current_text(kind, "de") for kind in (ConsentText.Kind.QR_PAGE, ConsentText.Kind.CHAT)]

    assert [(text["version"], text["body"]) for text in proof["texts"]] == [(one.version, one.body) for one in shown]


def test_whoever_signs_anew_needs_no_other_key_than_the_one_that_was_told(
    practice: Practice, pdf: bytes, tmp_path: Path
) -> None:
    file, key = tmp_path / "nachweis.pdf", tmp_path / "schluessel.pem"
    file.write_bytes(pdf)
    key.write_text(key_file(Ed25519PrivateKey.generate().public_key().public_bytes_raw()))

    assert run(file, "--key", key) == (
        1,
        "verändert\n- Unterschrift: nicht mit dem Schlüssel geleistet, den Sie angegeben haben (public_key)\n",
    )


def test_without_a_key_of_ones_own_the_answer_says_so(pdf: bytes, tmp_path: Path) -> None:
    (tmp_path / "nachweis.pdf").write_bytes(pdf)

    assert "Achtung: Der Schlüssel stammt aus der Datei selbst." in run(tmp_path / "nachweis.pdf")[1]


def test_an_entry_that_came_after_the_signature_is_named_as_unsigned(practice: Practice, tmp_path: Path) -> None:
    contact = a_history()
    proof_of(practice, contact)
    tap(contact, "nein_danke")
    (tmp_path / "nachweis.pdf").write_bytes(proof_of(practice, contact, signs=False))

    code, said = run(tmp_path / "nachweis.pdf")

    assert (code, "- Achtung: Noch nicht unterschrieben: Eintrag 7." in said) == (0, True)


def test_a_ledger_nobody_signed_gives_a_proof_without_a_signature(practice: Practice) -> None:
    pdf = proof_of(practice, a_history(), signs=False)

    assert (verify(pdf)[1], data_of(pdf)["checkpoint"]) == ([], None)


def test_shredded_evidence_leaves_a_proof_of_the_entries(practice: Practice, tmp_path: Path) -> None:
    contact = a_history()
    keys.destroy(Subject.EVIDENCE, contact.pk)
    (tmp_path / "nachweis.pdf").write_bytes(proof_of(practice, contact))

    code, said = run(tmp_path / "nachweis.pdf")

    assert (code, "- Achtung: Der Beleg wurde gelöscht bei Eintrag 2, 4, 6." in said) == (0, True)


def test_names_no_font_has_are_spelled_out_on_the_page_and_kept_in_the_data(practice: Practice) -> None:
    contact = a_history("漢字 😀 ليلى")
    book(contact, Type.REJECTED, act={"button": "nein_danke", "note": "schrieb 😀"})

    pdf = proof_of(practice, contact)

    assert verify(pdf)[1] == []
    assert data_of(pdf)["entries"][-1]["payload"]["evidence"]["act"]["note"] == "schrieb 😀"


def test_c_32_no_name_of_the_team_leaves_the_practice(practice: Practice) -> None:
    contact, member = a_history(), make_member(practice, Role.RECEPTION, name="Anna Arnold")
    book(contact, Type.REJECTED, channel=Channel.STAFF_PHONE, actor=Actor.member(member), act={"note": "am Telefon"})

    pdf = proof_of(practice, contact)

    assert (b"Arnold" in pdf, "Arnold" in json.dumps(data_of(pdf))) == (False, False)
    assert data_of(pdf)["entries"][-1]["payload"]["evidence"]["actor"]["member_id"] == str(member.pk)


def test_a_guardian_is_told_with_name_and_custody(practice: Practice) -> None:
    contact = a_history()
    mother = Actor(kind=ActorKind.GUARDIAN, name="Eva Vogt", relation="guardian", custody="sole")
    book(contact, Type.WITHDRAWN, actor=mother, purposes=ONE, cancelled=0, already_handed_over=0)

    actor = data_of(proof_of(practice, contact))["entries"][-1]["payload"]["evidence"]["actor"]

    assert (actor["name"], actor["relation"], actor["custody"]) == ("Eva Vogt", "guardian", "sole")


# ── changed ──


CHANGES: dict[str, tuple[str, Any]] = {
    "type": ("granted", "Eintrag 4: type"),
    "channel": ("import", "Eintrag 4: channel"),
    "practice_id": (77, "Eintrag 4: practice_id"),
    "occurred_ms": (1, "Eintrag 4: occurred_ms"),
    "commitment": ("00" * 32, "Eintrag 4: commitment"),
    "hash": ("00" * 32, "Eintrag 4: hash"),
    "prev_hash": ("00" * 32, "Eintrag 4: seq, recorded_ms, prev_hash oder hash"),
    "recorded_ms": (1, "Eintrag 4: seq, recorded_ms, prev_hash oder hash"),
    **{
        name: ("01890a5d-ac96-774b-bcce-b302099a8057", f"Eintrag 4: {name}")
        for name in ("id", "contact_id", "pending_opt_in_id", "patient_id", "text_id", "evidence_id")
    },
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_changed_field_is_named_with_its_entry(proof: Json, field: str) -> None:
    forged, place = CHANGES[field]

    assert verify(changed(proof, "entries", 2, field, to=forged))[1] == [place]


def test_a_changed_number_is_found_at_its_entry(proof: Json) -> None:
    assert verify(changed(proof, "entries", 2, "seq", to=5))[1] == ["Eintrag 5: seq, recorded_ms, prev_hash oder hash"]


@pytest.mark.parametrize(
    ("place", "forged", "named"),
    [
        (("type",), "granted", "payload.evidence (type)"),
        (("phone",), OTHER_PHONE, "payload.evidence oder payload.salt"),
        (("purposes", "werbung"), False, "payload.evidence oder payload.salt"),
        (("act", "button"), "ja_einverstanden", "payload.evidence oder payload.salt"),
        (("occurred_at",), "2020-01-01T00:00:00.000+00:00", "payload.evidence (occurred_ms)"),
        (("received_at",), "2020-01-01T00:00:00.000+00:00", "payload.evidence oder payload.salt"),
    ],
)
def test_changed_evidence_is_named_with_its_entry(proof: Json, place: tuple[str, ...], forged: Any, named: str) -> None:
    data = changed(proof, "entries", 2, "payload", "evidence", *place, to=forged)

    assert verify(data)[1] == [f"Eintrag 4: {named}"]


def test_a_changed_salt_is_named_with_its_entry(proof: Json) -> None:
    data = changed(proof, "entries", 2, "payload", "salt", to=base64.b64encode(bytes(32)).decode())

    assert verify(data)[1] == ["Eintrag 4: payload.evidence oder payload.salt"]


def test_a_changed_way_to_the_root_is_named_with_its_entry(proof: Json) -> None:
    node = proof["entries"][2]["path"][1]

    assert verify(changed(proof, "entries", 2, "path", 1, to=flipped(node)))[1] == ["Eintrag 4: path"]
    assert verify(changed(proof, "entries", 2, "path", to=[]))[1] == ["Eintrag 4: path"]


def test_a_changed_text_is_named(proof: Json) -> None:
    body = proof["texts"][0]["body"]

    assert verify(changed(proof, "texts", 0, "body", to=body.replace("freiwillig", "pflicht", 1) + "."))[1] == [
        "Text de-2026-05: body oder sha256"
    ]


def test_a_text_exchanged_with_its_hash_is_named(proof: Json) -> None:
    text = proof["texts"][0] | {"body": "Ich bin mit allem einverstanden."}
    text["sha256"] = verify_proof.sha256(text["body"].encode()).hexdigest()

    faults = verify(changed(proof, "texts", 0, to=text))[1]

    assert faults == [f"Text de-2026-05: sha256, verglichen mit Eintrag {seq}" for seq in (1, 2)]


@pytest.mark.parametrize("part", ["note", "signature", "public_key"])
def test_a_changed_signature_is_named(proof: Json, part: str) -> None:
    written = proof["checkpoint"][part]
    other = "B" if written[4] == "A" else "A"

    faults = verify(changed(proof, "checkpoint", part, to=written[:4] + other + written[5:]))[1]

    assert faults == ["Unterschrift: checkpoint (note, signature oder public_key)"]


def test_an_entry_rewritten_with_all_its_hashes_does_not_lead_to_the_signed_root(proof: Json) -> None:
    forged = json.loads(spelled(proof))
    entry = forged["entries"][2]
    entry["payload"]["evidence"]["purposes"]["werbung"] = False
    entry["commitment"] = verify_proof.commitment(entry["payload"]).hex()
    entry["hash"] = verify_proof.entry_hash(entry).hex()
    forged["digest"] = digest_of(forged)

    assert verify(spelled(forged))[1] == ["Eintrag 4: path"]


def test_an_entry_of_another_practice_is_found(practice: Practice, proof: Json) -> None:
    assert verify(changed(proof, "practice", "origin", to="roger/zwei/consent"))[1] == ["Kopfdaten: practice.origin"]


@pytest.mark.parametrize("field", ["made_at", "digest"])
def test_changed_head_data_is_named(proof: Json, field: str) -> None:
    [fault] = verify(changed(proof, field, to="x"))[1]

    assert part_named(fault) == "Kopfdaten"


def test_an_entry_that_is_left_out_is_seen_in_the_head_data(proof: Json) -> None:
    [fault] = verify(changed(proof, "entries", to=proof["entries"][:2]))[1]

    assert part_named(fault) == "Kopfdaten"


# ── bytes ──


def test_every_flipped_byte_of_the_data_is_found(proof: Json) -> None:
    """A sample over the whole length; the verifier never says ok, and says where."""
    data = spelled(proof)

    for place in range(0, len(data), 37):
        spoiled = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        try:
            faults = verify(spoiled)[1]
        except verify_proof.Unreadable as unreadable:
            faults = [str(unreadable)]
        assert faults, place
        assert re.match(r"Eintrag \S+: |Text \S+: |Unterschrift: |Kopfdaten: |Anhang nachweis.json: ", faults[0]), (
            faults
        )


def test_every_flipped_byte_of_the_file_is_found(pdf: bytes) -> None:
    for place in range(9, len(pdf), 211):
        spoiled = pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
        try:
            faults = verify(spoiled)[1]
        except verify_proof.Unreadable as unreadable:
            faults = [str(unreadable)]
        assert faults, place


def test_a_page_that_is_drawn_otherwise_is_named(pdf: bytes) -> None:
    pages = [found for found in verify_proof.PAGE.finditer(pdf)]
    number = int(pages[1][1])
    [start] = [found.end() for found in verify_proof.STREAM.finditer(pdf) if int(found[1]) == number]
    spoiled = verify_proof.sealed(pdf[: start + 9] + bytes([pdf[start + 9] ^ 1]) + pdf[start + 10 :])

    assert verify(spoiled)[1] == ["Seite 2: was man darauf liest"]


def test_a_change_beside_data_and_pages_is_named(pdf: bytes) -> None:
    assert verify(pdf.replace(b"/Title(", b"/Titel(", 1))[1] == [
        "Datei: außerhalb von Daten und Seiten (Schrift, Rahmen, Metadaten, Kennung)"
    ]


@pytest.mark.parametrize(
    "raw", [b"", b"%PDF-1.7 nothing", b"{}", b"[]", b"\xff\xfe", b"{" * 100_000, b'{"roger_proof": 1}']
)
def test_what_is_no_proof_is_said_to_be_none(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "nachweis.pdf").write_bytes(raw)

    code, said = run(tmp_path / "nachweis.pdf")

    assert (code, said.splitlines()[0]) == (2, "verändert oder kein Nachweis")


def test_a_file_or_key_that_is_not_there_is_named(pdf: bytes, tmp_path: Path) -> None:
    (tmp_path / "nachweis.pdf").write_bytes(pdf)

    assert run(tmp_path / "keiner.pdf") == (2, "nicht lesbar: keiner.pdf\n")
    assert run(tmp_path / "nachweis.pdf", "--key", tmp_path / "keiner.pem") == (
        2,
        "verändert oder kein Nachweis\n- keiner.pem: kein öffentlicher Schlüssel\n",
    )


def test_whose_register_was_rewritten_behind_the_triggers_gets_no_ok(kept: Practice) -> None:
    with practice_scope(kept.pk), transaction.atomic():
        checkpoint(kept)
    tamper("update consent_consentevent set hash = set_byte(hash, 0, 255 - get_byte(hash, 0)) where seq = 5")

    with practice_scope(kept.pk), transaction.atomic():
        contact = Contact.objects.get()
        found = dossier_of(kept, history_of(contact), timezone.now())
        pdf = proof_of(kept, contact, signs=False)

    assert found.is_whole is False
    assert verify(pdf)[1] == [f"Eintrag {seq}: path" for seq in (1, 2, 3, 4)]
