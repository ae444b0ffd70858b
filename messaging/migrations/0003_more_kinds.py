"""Two more kinds of messages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_pending_work"),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("free_text", "Nachricht"),
                    ("media", "Datei"),
                    ("reaction", "Reaktion"),
                    ("template", "Vorlage"),
                    ("automatic", "automatische Nachricht"),
                    ("canned_reply", "neutrale Antwort"),
                    ("opt_in_prompt", "Bitte um Einwilligung"),
                    ("number_check", "Bestätigung der Nummer"),
                    ("confirmation", "Bestätigung"),
                    ("read_receipt", "Lesebestätigung"),
                    ("bulk", "Rundschreiben"),
                    ("after_stop", "Hinweis nach Abmeldung"),
                ],
                max_length=20,
            ),
        ),
    ]
