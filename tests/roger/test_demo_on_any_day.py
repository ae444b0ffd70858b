"""Whenever the demo is loaded, reception finds the same work and nothing lies in the future."""

from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from messaging.models import Conversation, Message, Note, ProtectedDocument
from practices.models import Practice
from practices.scope import practice_scope
from tests.whole import of_whole


@pytest.mark.parametrize("now", [of_whole("2026-11-23T06:15:00+01:00"), "2026-03-29T00:05:00+01:00"])
def test_any_day_and_hour_will_do(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: str) -> None:
    """Monday before opening, and the night the clocks go forward."""
    monkeypatch.setattr(settings, "ROGER_HOME", tmp_path)
    with time_machine.travel(datetime.fromisoformat(now), tick=True):
        call_command("seed_demo")

        with practice_scope(Practice.objects.get(slug="morgenthal").pk):
            waiting = Conversation.objects.awaiting_reply()
            open_windows = [one for one in waiting if (until := one.window_open_until) and until > timezone.now()]
            future = Message.objects.filter(at__gt=timezone.now())
            assert (waiting.count(), len(open_windows), future.count()) == (10, 9, 0)
            assert Note.objects.filter(at__gt=timezone.now()).count() == 0
            put_off = Conversation.objects.exclude(snoozed_until=None)
            assert put_off.count() == put_off.filter(snoozed_until__gt=timezone.now()).count() == 1
            documents = ProtectedDocument.objects.filter(opened_at__lt=timezone.now(), expires_at__gt=timezone.now())
            assert documents.count() == 1
            assert Conversation.objects.awaiting_reply().exclude(urgent_at=None).exists()
