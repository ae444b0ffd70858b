"""A person met by several transactions at once is one person."""

import pytest
from django.db import transaction

from patients.identities import find_or_create_contact
from patients.models import Contact, ContactIdentity
from practices.scope import practice_scope
from tests.at_once import at_once
from tests.factories import make_practice


@pytest.mark.django_db(transaction=True)
def test_one_number_met_by_eight_transactions_at_once_is_one_contact_without_a_flag() -> None:
    practice = make_practice()

    errors = at_once(practice, [lambda: find_or_create_contact(phone="+491713920010", bsuid="DE.1349")] * 8)

    assert errors == []
    with practice_scope(practice.pk), transaction.atomic():
        assert [contact.identity_changed_at for contact in Contact.objects.all()] == [None]
        assert sorted(ContactIdentity.objects.values_list("kind", flat=True)) == ["bsuid", "phone"]
