"""Whether an ordered recall may go by a template Meta counts as service (L-7); by default it may not."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("practices", "0005_files_in_chat"),
    ]

    operations = [
        migrations.AddField(
            model_name="practice",
            name="recall_as_service",
            field=models.BooleanField(default=False),
        ),
    ]
