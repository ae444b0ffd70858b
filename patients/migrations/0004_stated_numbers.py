"""Numbers that a person gave as its own, and whether somebody asked back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0003_appointments_and_merges")]

    operations = [
        migrations.AddField(
            model_name="contactidentity",
            name="stated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="contactidentity",
            name="confirmed_at",
            field=models.DateTimeField(null=True),
        ),
    ]
