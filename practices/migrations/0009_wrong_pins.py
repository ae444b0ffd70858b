"""How often a wrong PIN was tried at a session."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("practices", "0008_shield_and_workplace"),
    ]

    operations = [
        migrations.AddField(
            model_name="loginsession",
            name="wrong_pins",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
