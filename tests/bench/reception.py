"""Somebody logged in at the largest practice of the million, and what they look for."""

import os
import random
import secrets
from pathlib import Path

from django.db import transaction
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from messaging.models import Conversation
from messaging.reading import ASKED, DONE_LONG, Rule
from messaging.search import common_stems, stem
from practices.actions import add_member
from practices.models import AccessLog, Member, Practice, Role
from practices.scope import practice_scope
from roger.embedded.home import prepare
from roger.supervisor.steps import collect_static
from tests.bench.german import vocabulary
from tests.bench.million import slug_of
from tests.people import login, make_user

LARGEST = slug_of(0)
A_BROWSER = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}  # on a page of ours
COMMONEST_WORDS, COMMON_WORDS = 20, 400  # ranks; below are the rare ones


def largest_practice() -> Practice:
    found: Practice = Practice.objects.get(slug=LARGEST)
    return found


def someone(practice: Practice) -> Member:
    """A new receptionist with second factor."""
    user = make_user(f"Anna{secrets.token_hex(8)} Arnold")
    return add_member(practice=practice, user=user, role=Role.RECEPTION)


def reception() -> Client:
    """A browser in which somebody of the largest practice is logged in; pages name hashed files and are compressed."""
    home = prepare(Path(os.environ["ROGER_HOME"]))
    collect_static(dict(os.environ), home.logs / "setup.log", home.run)
    client = Client(SERVER_NAME="127.0.0.1", headers=A_BROWSER)
    member = someone(largest_practice())
    login(client, member)
    explain_many_looks(member)
    return client


def explain_many_looks(member: Member) -> None:
    """Who opens hundreds of conversations says why, once an hour (messaging/reading.py)."""
    with practice_scope(largest_practice().pk), transaction.atomic():
        AccessLog.objects.create(
            kind=f"{ASKED}{Rule.MANY}", about_id=member.pk, member=member, reason=AccessLog.Reason.OTHER
        )


def some_conversations(chance: random.Random, count: int, *, at_least: int = 0) -> list[str]:
    """Ids of random conversations of the largest practice that open without a question, of so many messages or more."""
    practice, long_ago = largest_practice(), timezone.now() - DONE_LONG
    with practice_scope(practice.pk), transaction.atomic():
        usual = Conversation.objects.exclude(closed_at__lt=long_ago)
        if at_least:
            usual = usual.annotate(count=Count("messages")).filter(count__gte=at_least)
        known = [str(pk) for pk in usual.values_list("pk", flat=True).order_by("pk")]
    return chance.choices(known, k=count)


def some_queries(chance: random.Random, count: int) -> list[str]:
    """What reception searches for: words of every frequency that the index knows, every fourth time two of them."""
    words, _ = vocabulary()
    known = [word for word in words if stem(word.casefold()) not in common_stems()]
    frequent, middling, rare = known[:COMMONEST_WORDS], known[COMMONEST_WORDS:COMMON_WORDS], known[COMMON_WORDS:]
    queries = []
    for number in range(count):
        word = chance.choice((frequent, middling, rare)[number % 3])
        queries.append(f"{word} {chance.choice(frequent)}" if number % 4 == 3 else word)
    return queries
