"""The sweep also finds the conversations that were put off until a moment that has come."""

from importlib import import_module

from django.db import migrations

_before = import_module("messaging.migrations.0005_pending_imports")
SNOOZES = """
  UNION ALL
  SELECT practice_id, 'snoozed', count(*) FROM public.messaging_conversation
    WHERE closed_at IS NULL AND snoozed_until IS NOT NULL AND snoozed_until <= statement_timestamp()
    GROUP BY practice_id"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0006_reception_desk")]

    operations = [
        migrations.RunSQL(
            _before.PENDING_WORK.format(more=_before.IMPORTS + SNOOZES),
            _before.PENDING_WORK.format(more=_before.IMPORTS),
        )
    ]
