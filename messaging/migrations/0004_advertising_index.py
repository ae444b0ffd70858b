"""What advertised to a person, for the caps of C-27: a few rows of the largest table, found without reading it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0003_more_kinds"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["practice", "contact", "purpose", "at"],
                condition=models.Q(purpose__in=("recall", "werbung"), direction="out"),
                name="message_advertising",
            ),
        ),
    ]
