"""Why a draft was handed back to its author, each time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_root_of_the_ledger")]

    operations = [
        migrations.AddField("textdraft", "return_notes", models.JSONField(blank=True, default=list)),
    ]
