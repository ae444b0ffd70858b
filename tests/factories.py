"""Rows for tests, one function per model, without surprises. What matters to a test is written in the test."""

from django.db import transaction
from django.utils import timezone

from practices.models import Member, Practice, Role, User
from practices.scope import practice_scope


def make_practice(slug: str = "morgenthal") -> Practice:
    """A practice with every field a text may need, that may write over WhatsApp (M-0)."""
    return Practice.objects.create(
        slug=slug,
        name=f"Zahnarztpraxis {slug.capitalize()}",
        name_nominative=f"die Zahnarztpraxis {slug.capitalize()}",
        name_dative=f"der Zahnarztpraxis {slug.capitalize()}",
        short_name=f"Praxis {slug.capitalize()}",
        street="Am Beispielpark 3",
        postal_code="10115",
        city="Berlin",
        state="Berlin",
        phone="+493023125100",
        emergency_phone="+493023125999",
        email=f"anmeldung@{slug}.example",
        live_since=timezone.now(),
    )


def make_member(practice: Practice, role: Role = Role.RECEPTION, *, name: str = "Anna Arnold") -> Member:
    """Somebody who works there; without a second factor (tests/people.py makes people who can log in)."""
    user = User(email=f"{name.split(maxsplit=1)[0].lower()}.{practice.slug}@praxis.example", name=name)
    user.set_unusable_password()
    user.save()
    with practice_scope(practice.pk), transaction.atomic():
        return Member.objects.create(user=user, role=role)
