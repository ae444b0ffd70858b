#!/usr/bin/env python3
"""Prüft einen Nachweis über Einwilligungen, den eine Praxis mit Roger erstellt hat. Braucht Roger nicht.

    python verify_proof.py nachweis.pdf [--key schluessel.pem]

Nötig sind Python ab 3.11 und das Paket „cryptography“. Gelesen wird nur die Datei, ins Netz geht nichts.
Ende mit 0: unverändert. Mit 1: verändert, die Stelle wird genannt. Mit 2: nicht lesbar oder kein Nachweis.

What is checked: each entry's evidence against its commitment, its fields against its hash, its hash against the signed
root (RFC 6962), the root's signature (Ed25519), each text against its hash, and in a PDF the pages and the file itself.
"""

import argparse
import base64
import binascii
import hmac
import json
import re
import struct
import sys
import unicodedata
import zlib
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

Json = dict[str, Any]
ATTACHMENT = "nachweis.json"
STREAM = re.compile(rb"(\d+) 0 obj\s*(<<[^\n]*>>)\s*stream\r?\n")
PAGE = re.compile(rb"\d+ 0 obj\s*<<[^\n]*?/Type\s*/Page(?!s)[^\n]*?/Contents (\d+) 0 R")
SEAL = re.compile(rb"/ID\s*\[\([^)]{24}\)\(([^)]{24})\)\]")
NO_ID = bytes(16)
# Fields of an entry that its evidence repeats.
REPEATED = ("id", "practice_id", "type", "channel", "contact_id", "pending_opt_in_id", "patient_id", "text_id")


class Unreadable(Exception):
    """Not a proof, or too damaged to look into; says where."""


# ── the file ──


def streams(pdf: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, dictionary and raw bytes of every stream."""
    for found in STREAM.finditer(pdf):
        if length := re.search(rb"/Length (\d+)", found[2]):
            yield int(found[1]), found[2], pdf[found.end() : found.end() + int(length[1])]


def attached(pdf: bytes) -> bytes:
    """The JSON in the PDF. Raises Unreadable."""
    for _number, dictionary, raw in streams(pdf):
        if re.search(rb"/Type\s*/EmbeddedFile", dictionary):
            try:
                return zlib.decompress(raw) if b"/FlateDecode" in dictionary else raw
            except zlib.error:
                raise Unreadable(f"Anhang {ATTACHMENT}: die gepackten Daten sind beschädigt") from None
    raise Unreadable(f"Anhang {ATTACHMENT}: nicht gefunden")


def page_digests(pdf: bytes) -> list[str]:
    """SHA-256 of what is drawn on each page."""
    drawn = {number: sha256(raw).hexdigest() for number, _dictionary, raw in streams(pdf)}
    return [drawn.get(int(found[1]), "") for found in PAGE.finditer(pdf)]


def seal_of(pdf: bytes) -> tuple[bytes, bytes]:
    """The file's seal as it stands in the trailer's ID, and as it should: over all bytes but its own."""
    found = None
    for found in SEAL.finditer(pdf):
        pass
    if found is None:
        return b"", b"none"
    around = sha256(pdf[: found.start(1)] + pdf[found.end(1) :]).digest()
    return found[1], base64.b64encode(around[:16])


def sealed(pdf: bytes) -> bytes:
    """The file with its seal."""
    stands, should = seal_of(pdf)
    place = pdf.rindex(b"(" + stands + b")") + 1
    return pdf[:place] + should + pdf[place + len(should) :]


def spelled(proof: Json) -> bytes:
    """The one spelling of a proof's JSON."""
    return json.dumps(proof, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8", "replace")


def digest_of(proof: Json) -> str:
    return sha256(spelled({name: part for name, part in proof.items() if name != "digest"})).hexdigest()


def parsed(raw: bytes) -> Json:
    """Raises Unreadable."""
    try:
        proof = json.loads(raw)
    except UnicodeDecodeError as error:
        raise Unreadable(f"Anhang {ATTACHMENT}: Byte {error.start} ist kein Text") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"Anhang {ATTACHMENT}: Zeile {error.lineno}, Zeichen {error.colno} ist beschädigt") from None
    except RecursionError:
        raise Unreadable(f"Anhang {ATTACHMENT}: zu tief geschachtelt") from None
    if not isinstance(proof, dict) or proof.get("roger_proof") != 1:
        raise Unreadable(f"Anhang {ATTACHMENT}: kein Nachweis dieser Fassung (roger_proof)")
    return proof


# ── one entry ──


def ident(written: str | None) -> bytes:
    return UUID(written).bytes if written else NO_ID


def entry_hash(entry: Json) -> bytes:
    """SHA-256 over the fields in fixed width, the commitment and the hash of the entry before."""
    return sha256(
        b"\1"
        + struct.pack(">iq", entry["practice_id"], entry["seq"])
        + ident(entry["id"])
        + str(entry["type"]).ljust(20).encode()
        + str(entry["channel"]).ljust(20).encode()
        + ident(entry["contact_id"])
        + ident(entry["pending_opt_in_id"])
        + ident(entry["patient_id"])
        + ident(entry["text_id"])
        + ident(entry["evidence_id"])
        + struct.pack(">qq", entry["occurred_ms"], entry["recorded_ms"])
        + bytes.fromhex(entry["commitment"])
        + bytes.fromhex(entry["prev_hash"])
    ).digest()


def commitment(payload: Json) -> bytes:
    """HMAC-SHA-256 under the salt over the evidence in its one spelling."""
    text = json.dumps(payload["evidence"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    said = unicodedata.normalize("NFC", text).encode("utf-8", "replace")
    return hmac.digest(base64.b64decode(payload["salt"], validate=True), said, "sha256")


def told_by(evidence: Json) -> Json:
    """The fields of an entry as its evidence repeats them."""
    return {
        "id": evidence["event_id"],
        "text_id": (evidence["text"] or {}).get("id"),
        "occurred_ms": round(datetime.fromisoformat(evidence["occurred_at"]).timestamp() * 1000),
        **{name: evidence[name] for name in REPEATED if name not in ("id", "text_id")},
    }


def root_from(leaf: bytes, place: int, size: int, path: list[bytes]) -> bytes:
    """The root of a tree of this size, climbing from a leaf at this place (RFC 6962). Raises Unreadable."""
    node, rest, last = sha256(b"\0" + leaf).digest(), list(path), size - 1
    while last:
        if place & 1 or place < last:
            if not rest:
                raise Unreadable("path")
            beside = rest.pop(0)
            left, right = (beside, node) if place & 1 else (node, beside)
            node = sha256(b"\1" + left + right).digest()
        place, last = place >> 1, last >> 1
    if rest:
        raise Unreadable("path")
    return node


def leads_to(root: bytes, entry: Json, size: int, leaf: bytes) -> bool:
    try:
        path = [bytes.fromhex(one) for one in entry["path"]]
        return 0 < entry["seq"] <= size and root_from(leaf, entry["seq"] - 1, size, path) == root
    except Unreadable:
        return False


def faults_of_entry(entry: Json, before: Json | None, signed: tuple[int, bytes] | None) -> list[str]:
    """The names of what was changed in an entry; nothing if it is whole."""
    computed, payload = entry_hash(entry), entry["payload"]
    is_hash, is_covered = computed.hex() == entry["hash"], signed is not None and entry["path"] is not None
    is_committed = payload is None or commitment(payload).hex() == entry["commitment"]
    if not is_hash:
        if signed and is_covered and leads_to(signed[1], entry, signed[0], computed):
            return ["hash"]
        return [changed_field(entry, before)]
    if not is_committed:
        return [changed_evidence(entry)]
    if before and before["seq"] == entry["seq"] - 1 and before["hash"] != entry["prev_hash"]:
        return ["prev_hash"]
    if signed and is_covered and not leads_to(signed[1], entry, signed[0], computed):
        return ["path"]
    return []


def changed_field(entry: Json, before: Json | None) -> str:
    """Which field no longer fits the hash: the one with which it fits again."""
    candidates: Json = {"evidence_id": entry["contact_id"] or entry["pending_opt_in_id"]}
    if before:
        candidates["prev_hash"] = before["hash"]
    if entry["payload"]:
        candidates |= told_by(entry["payload"]["evidence"]) | {"commitment": commitment(entry["payload"]).hex()}
    for name, told in candidates.items():
        if told != entry[name] and entry_hash(entry | {name: told}).hex() == entry["hash"]:
            return name
    different = [name for name, told in candidates.items() if told != entry[name] and name != "prev_hash"]
    return ", ".join(different) or "seq, recorded_ms, prev_hash oder hash"


def changed_evidence(entry: Json) -> str:
    """Where evidence no longer says what the entry's fields say."""
    try:
        told = told_by(entry["payload"]["evidence"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return "payload.evidence"
    different = [name for name, said in told.items() if said != entry[name]]
    return "payload.evidence" + "".join(f" ({name})" for name in different) + " oder payload.salt" * (not different)


# ── the whole ──


def faults_of(proof: Json, own_key: bytes | None) -> list[str]:
    """Every place that was changed, as people would call it."""
    faults, signed = faults_of_checkpoint(proof, own_key)
    before = None
    for entry in proof["entries"]:
        try:
            names = faults_of_entry(entry, before, signed)
        except (KeyError, TypeError, ValueError, AttributeError, struct.error, binascii.Error):
            names = ["ein Feld ist keines mehr oder fehlt"]
        faults += [f"Eintrag {entry.get('seq')}: {name}" for name in names]
        before = None if names else entry
    faults += faults_of_texts(proof)
    if not faults and proof.get("digest") != digest_of(proof):
        faults.append("Kopfdaten: practice, made_at, pages, kind eines Textes oder digest")
    return faults


def faults_of_checkpoint(proof: Json, own_key: bytes | None) -> tuple[list[str], tuple[int, bytes] | None]:
    """What is wrong with the signed head; its size and root if it is sound."""
    checkpoint = proof["checkpoint"]
    if checkpoint is None:
        return [], None
    try:
        public = base64.b64decode(checkpoint["public_key"], validate=True)
        if own_key and own_key != public:
            return ["Unterschrift: nicht mit dem Schlüssel geleistet, den Sie angegeben haben (public_key)"], None
        signature = base64.b64decode(checkpoint["signature"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, checkpoint["note"].encode())
        origin, entries, _head, root, _at = checkpoint["note"].splitlines()
        if origin != proof["practice"]["origin"] + " v2":
            return ["Kopfdaten: practice.origin"], None
        return [], (int(entries), base64.b64decode(root, validate=True))
    except (InvalidSignature, KeyError, TypeError, ValueError, AttributeError):
        return ["Unterschrift: checkpoint (note, signature oder public_key)"], None


def faults_of_texts(proof: Json) -> list[str]:
    """Texts whose words are not those the hash was made of, or that an entry names otherwise."""
    faults, known = [], {}
    for text in proof["texts"]:
        known[text["id"]] = text
        if sha256(text["body"].encode()).hexdigest() != text["sha256"]:
            faults.append(f"Text {text['version']}: body oder sha256")
    for entry in proof["entries"]:
        named = ((entry["payload"] or {}).get("evidence") or {}).get("text")
        for name in named or ():
            if named["id"] in known and known[named["id"]].get(name) != named[name]:
                faults.append(f"Text {known[named['id']]['version']}: {name}, verglichen mit Eintrag {entry['seq']}")
    return list(dict.fromkeys(faults))


def faults_of_pdf(pdf: bytes, proof: Json) -> list[str]:
    """Pages that are drawn otherwise, or a change elsewhere in the file."""
    found = page_digests(pdf)
    stands = proof["pages"]
    changed = [
        f"Seite {place + 1}: was man darauf liest" for place, one in enumerate(stands) if found[place:][:1] != [one]
    ]
    if changed or len(found) != len(stands):
        return changed or ["Seiten: es sind mehr als bei der Erstellung"]
    stands_as, should = seal_of(pdf)
    return (
        [] if stands_as == should else ["Datei: außerhalb von Daten und Seiten (Schrift, Rahmen, Metadaten, Kennung)"]
    )


def verify(raw: bytes, own_key: bytes | None = None) -> tuple[Json, list[str]]:
    """The proof in a PDF, or its JSON alone, and every place that was changed. Raises Unreadable."""
    is_pdf = raw.startswith(b"%PDF")
    data = attached(raw) if is_pdf else raw
    proof = parsed(data)
    try:
        faults = faults_of(proof, own_key)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"Anhang {ATTACHMENT}: es fehlt etwas oder hat die falsche Form ({error})") from None
    if not faults and spelled(proof) != data:
        faults = [f"Anhang {ATTACHMENT}: Zeichen zwischen den Angaben"]
    if is_pdf:
        faults = faults or faults_of_pdf(raw, proof)
    return proof, faults


# ── talking ──


def report(proof: Json, *, is_pdf: bool, has_own_key: bool) -> list[str]:
    """What was checked, for somebody who has not read this file."""
    entries, checkpoint = proof["entries"], proof["checkpoint"]
    covered = [entry for entry in entries if entry["path"] is not None]
    lines = [
        f"{len(entries)} Einträge: Beleg, Felder und Prüfsumme passen zusammen.",
        f"{len(proof['texts'])} Texte: Wort für Wort die, denen zugestimmt wurde.",
    ]
    if checkpoint:
        origin, count, _head, _root, at = checkpoint["note"].splitlines()
        lines += [
            f"{len(covered)} davon stehen unverändert im Register {origin.removesuffix(' v2')}, wie es am {at} mit "
            f"{count} Einträgen unterschrieben wurde.",
            f"Fingerabdruck des Schlüssels: {fingerprint(base64.b64decode(checkpoint['public_key']))}",
        ]
        if not has_own_key:
            lines.append("Achtung: Der Schlüssel stammt aus der Datei selbst. Vergleichen Sie den Fingerabdruck.")
    if len(covered) < len(entries):
        newer = ", ".join(str(entry["seq"]) for entry in entries if entry["path"] is None)
        lines.append(f"Achtung: Noch nicht unterschrieben: Eintrag {newer}.")
    if shredded := [str(entry["seq"]) for entry in entries if entry["payload"] is None]:
        lines.append(f"Achtung: Der Beleg wurde gelöscht bei Eintrag {', '.join(shredded)}.")
    return [*lines, "Die Seiten und die Datei sind unverändert."] if is_pdf else lines


def fingerprint(public: bytes) -> str:
    digest = sha256(public).hexdigest()
    return " ".join(digest[place : place + 4] for place in range(0, len(digest), 4))


def key_in(file: Path) -> bytes:
    """The public key in a PEM file. Raises Unreadable."""
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError):
        raise Unreadable(f"{file.name}: kein öffentlicher Schlüssel") from None
    if not isinstance(key, Ed25519PublicKey):
        raise Unreadable(f"{file.name}: kein Ed25519-Schlüssel")
    return key.public_bytes_raw()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Prüft einen Nachweis über Einwilligungen.")
    parser.add_argument("file", type=Path, help="nachweis.pdf oder der Anhang nachweis.json")
    parser.add_argument("--key", type=Path, help="der öffentliche Schlüssel, wie ihn die Praxis per E-Mail bekam")
    chosen = parser.parse_args(arguments)
    say = sys.stdout.write
    try:
        raw = chosen.file.read_bytes()
        own_key = key_in(chosen.key) if chosen.key else None
        proof, faults = verify(raw, own_key)
    except OSError:
        say(f"nicht lesbar: {chosen.file.name}\n")
        return 2
    except Unreadable as problem:
        say(f"verändert oder kein Nachweis\n- {problem}\n")
        return 2
    if faults:
        say("verändert\n" + "".join(f"- {fault}\n" for fault in faults))
        return 1
    lines = report(proof, is_pdf=raw.startswith(b"%PDF"), has_own_key=own_key is not None)
    say("ok\n" + "".join(f"- {line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
