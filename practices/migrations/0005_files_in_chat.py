"""Whether a practice attaches files to chats (C-25); by default it does not."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("practices", "0004_choices_of_the_practice"),
    ]

    operations = [
        migrations.AddField(
            model_name="practice",
            name="files_in_chat",
            field=models.BooleanField(default=False),
        ),
    ]
