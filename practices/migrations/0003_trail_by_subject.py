"""Deeds found by what they were done to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("practices", "0002_walls_and_trail"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["practice", "about_id", "at"], name="audit_event_about"),
        ),
    ]
