"""What a practice decides where the law leaves it a choice, and two more kinds of doors."""

import datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("practices", "0003_trail_by_subject"),
    ]

    operations = [
        migrations.AddField(
            model_name="practice",
            name="advertising_per_year",
            field=models.PositiveSmallIntegerField(default=4),
        ),
        migrations.AddField(
            model_name="practice",
            name="colour",
            field=models.CharField(default="#0d5c63", max_length=7),
        ),
        migrations.AddField(
            model_name="practice",
            name="consent_age",
            field=models.PositiveSmallIntegerField(default=16),
        ),
        migrations.AddField(
            model_name="practice",
            name="guardian_count",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="practice",
            name="live_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="practice",
            name="offered_purposes",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="practice",
            name="proof_years",
            field=models.PositiveSmallIntegerField(default=3),
        ),
        migrations.AddField(
            model_name="practice",
            name="quiet_from",
            field=models.TimeField(default=datetime.time(20, 0)),
        ),
        migrations.AddField(
            model_name="practice",
            name="quiet_until",
            field=models.TimeField(default=datetime.time(8, 0)),
        ),
        migrations.AddField(
            model_name="practice",
            name="recall_pause_months",
            field=models.PositiveSmallIntegerField(default=5),
        ),
        migrations.AddField(
            model_name="practice",
            name="recall_tries",
            field=models.PositiveSmallIntegerField(default=2),
        ),
        migrations.AddField(
            model_name="practice",
            name="reply_after_stop",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="practice",
            name="stranger_reply",
            field=models.CharField(
                choices=[
                    ("ask", "um Einwilligung bitten, bis dahin nur neutrale Antworten"),
                    ("one_reply", "um Einwilligung bitten, einmal darf frei geantwortet werden"),
                    ("nothing", "gar nicht antworten"),
                ],
                default="ask",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="door",
            name="kind",
            field=models.CharField(
                choices=[
                    ("webhook", "Webhook"),
                    ("qr", "Qr"),
                    ("api", "Api"),
                    ("invitation", "Invitation"),
                    ("anamnesis", "Anamnesis"),
                    ("document", "Document"),
                    ("upload", "Upload"),
                    ("withdrawal", "Withdrawal"),
                    ("kiosk", "Kiosk"),
                    ("widget", "Widget"),
                ],
                max_length=12,
            ),
        ),
    ]
