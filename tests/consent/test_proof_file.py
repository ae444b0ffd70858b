import json
import pytest
from django.utils import timezone
from consent.checkpoints import checkpoint
from consent.history import history_of, spans_of
from consent.proof.dossier import dossier_of
from consent.proof.document import Person, proof_pdf
from consent.proof import verify_proof
from tests.consent_factories import make_contact, opt_in, tap

def test_x(practice):
    contact = make_contact()
    opt_in(contact)
    tap(contact, "nein_danke")
    checkpoint(practice)
    tap(contact)
    acts = history_of(contact)
    d = dossier_of(practice, acts, timezone.now())
    pdf = proof_pdf(practice, Person(name="Jana 😀 ليلى", number="0171", patients={}), acts, spans_of(acts), d)
    open("/tmp/nachweis.pdf","wb").write(pdf)
    print(d.is_whole)
    print(verify_proof.verify(pdf)[1])
    print(verify_proof.main(["/tmp/nachweis.pdf"]))
    assert 0
