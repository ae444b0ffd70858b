"""A message says that its outcome has turned until its conversation has followed; the sweep finds what a lost ring forgot."""

from importlib import import_module

from django.db import migrations, models

_first = import_module("messaging.migrations.0005_pending_imports")
_before = import_module("messaging.migrations.0007_pending_snoozes")
TURNED = """
  UNION ALL
  SELECT practice_id, 'turned', count(*) FROM public.messaging_message
    WHERE turned GROUP BY practice_id"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0007_pending_snoozes")]

    operations = [
        migrations.AddField("message", "turned", models.BooleanField(default=False)),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=models.Q(("turned", True)), fields=["practice", "conversation"], name="message_turned"
            ),
        ),
        migrations.RunSQL(
            _first.PENDING_WORK.format(more=_first.IMPORTS + _before.SNOOZES + TURNED),
            _first.PENDING_WORK.format(more=_first.IMPORTS + _before.SNOOZES),
        ),
    ]
