"""How a person works, a PIN for the screen, why somebody looked, and after how long the practice is told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("practices", "0006_recall_as_service"),
    ]

    operations = [
        migrations.AddField(
            model_name="accesslog",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("call", "Anruf der Person"),
                    ("visit", "Die Person ist in der Praxis"),
                    ("question", "Rückfrage aus dem Team"),
                    ("billing", "Abrechnung"),
                    ("other", "anderer dienstlicher Grund"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="preferences",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="practice",
            name="escalate_after",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="user",
            name="pin",
            field=models.CharField(blank=True, max_length=128),
        ),
        migrations.AddIndex(
            model_name="accesslog",
            index=models.Index(fields=["practice", "member", "at"], name="access_log_member"),
        ),
    ]
