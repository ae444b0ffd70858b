"""The night's look at the ledger: signed, mailed to the owners, and what happens when something is wrong."""

import logging

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from consent.checkpoints import as_file, fingerprint, newest_checkpoint, read
from consent.ledger_status import LedgerStatus, ledger_status
from consent.models import LedgerCheckpoint
from consent.tasks import verify_ledger
from practices.actions import end_membership
from practices.models import AuditEvent, Practice, Role
from practices.scope import practice_scope
from tests.consent.ledgers import tamper
from tests.consent_factories import send_form
from tests.people import make_member


def night(practice: Practice) -> None:
    verify_ledger(practice_id=practice.pk)


def status_of(practice: Practice) -> LedgerStatus:
    with practice_scope(practice.pk), transaction.atomic():
        return ledger_status(practice)


def signed(practice: Practice) -> LedgerCheckpoint:
    with practice_scope(practice.pk), transaction.atomic():
        found = newest_checkpoint()
    assert found is not None
    return found


def test_c_17_each_night_the_ledger_is_verified_signed_and_mailed_to_the_owners(kept: Practice) -> None:
    owners = [make_member(kept, Role.OWNER, name=name) for name in ("Olga Ohm", "Otto Ohm")]
    make_member(kept, Role.PRACTICE_MANAGER, name="Mia Manz")

    night(kept)

    [letter] = mail.outbox
    assert sorted(letter.recipients()) == sorted(owner.user.email for owner in owners)
    assert (letter.to, letter.subject) == ([], "Roger: unterschriebener Stand des Einwilligungs-Registers")
    assert fingerprint(bytes(signed(kept).public_key or b"")) in letter.body
    assert [name for name, _content, _kind in letter.attachments] == ["stand-5.txt", "schluessel.pem"]


def test_the_mailed_head_is_one_that_ledger_verify_accepts(kept: Practice) -> None:
    make_member(kept, Role.OWNER)

    night(kept)

    note = read(str(mail.outbox[0].attachments[0][1]))
    assert (note.origin, note.entries, note.head) == ("roger/morgenthal/consent", 5, bytes(signed(kept).head))
    assert note.root == bytes(signed(kept).root or b"")


def test_the_mail_says_nothing_about_any_person(kept: Practice) -> None:
    make_member(kept, Role.OWNER, name="Olga Ohm")

    night(kept)

    everything = mail.outbox[0].message().as_string()
    assert [word for word in ("Ohm", "3920010", "Jana", "wamid") if word in everything] == []


def test_a_head_that_has_not_moved_is_mailed_once(kept: Practice) -> None:
    make_member(kept, Role.OWNER)

    night(kept)
    night(kept)
    with practice_scope(kept.pk), transaction.atomic():
        send_form()
    night(kept)

    assert [letter.attachments[0][0] for letter in mail.outbox] == ["stand-5.txt", "stand-6.txt"]


def test_a_mail_that_fails_is_told_by_its_code_and_sent_the_next_night(
    kept: Practice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    owner = make_member(kept, Role.OWNER)

    def refuse(*_arguments: object) -> int:
        raise ConnectionRefusedError(f"no way to {owner.user.email}")

    with monkeypatch.context() as away, caplog.at_level(logging.WARNING):
        away.setattr(EmailBackend, "send_messages", refuse)
        night(kept)
    assert (mail.outbox, caplog.messages) == ([], ["checkpoint not mailed"])
    assert owner.user.email not in caplog.text

    night(kept)

    assert len(mail.outbox) == 1


def test_nobody_is_written_to_about_an_empty_ledger_or_without_owners(kept: Practice) -> None:
    night(kept)

    assert mail.outbox == []


def test_whoever_left_gets_no_mail(kept: Practice) -> None:
    owner = make_member(kept, Role.OWNER, name="Olga Ohm")
    make_member(kept, Role.OWNER, name="Otto Ohm")
    with practice_scope(kept.pk), transaction.atomic():
        end_membership(member=owner, by=owner)

    night(kept)

    assert [owner.user.email in letter.recipients() for letter in mail.outbox] == [False]


def test_a_broken_ledger_is_neither_signed_nor_mailed_and_the_practice_sees_where(
    kept: Practice, caplog: pytest.LogCaptureFixture
) -> None:
    make_member(kept, Role.OWNER)
    tamper("update consent_consentevent set type = 'granted' where seq = 3")

    with caplog.at_level(logging.ERROR):
        night(kept)

    status = status_of(kept)
    assert (caplog.messages, mail.outbox) == (["consent ledger broken"], [])
    assert (status.checkpoint, status.broken_at) == (None, 3)


def test_a_ledger_found_whole_again_is_no_longer_called_broken(kept: Practice) -> None:
    tamper("update consent_consentevent set type = 'granted' where seq = 3")
    night(kept)
    tamper("update consent_consentevent set type = 'withdrawn' where seq = 3")

    night(kept)

    assert (status_of(kept).broken_at, status_of(kept).unsigned) == (None, 0)


def test_entries_after_the_last_look_are_counted(kept: Practice) -> None:
    night(kept)
    with practice_scope(kept.pk), transaction.atomic():
        send_form()

    assert (status_of(kept).entries, status_of(kept).unsigned) == (6, 1)


def test_notes_of_before_the_tree_are_still_read(kept: Practice) -> None:
    night(kept)
    whole = signed(kept)
    origin, entries, head, _root, at = whole.note.splitlines()
    old_note = f"{origin.removesuffix(' v2')}\n{entries}\n{head}\n{at}\n"
    whole.note, whole.signature = old_note, signature_of(old_note)

    note = read(as_file(whole))

    assert (note.origin, note.entries, note.root) == ("roger/morgenthal/consent", 5, None)
    assert note.text() == old_note


def signature_of(note: str) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(settings.LEDGER_SIGNING_KEY).sign(note.encode())


def test_what_was_mailed_is_in_the_trail(kept: Practice) -> None:
    make_member(kept, Role.OWNER)

    night(kept)

    with practice_scope(kept.pk), transaction.atomic():
        [event] = AuditEvent.objects.filter(kind="checkpoint_mailed")
        assert event.codes == {"head": bytes(signed(kept).head).hex(), "recipients": 1}
