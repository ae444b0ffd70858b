"""New practices are told of whoever waits for an hour; those there are keep what they chose."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("practices", "0009_wrong_pins"),
    ]

    operations = [
        migrations.AlterField(
            model_name="practice",
            name="escalate_after",
            field=models.PositiveSmallIntegerField(default=60),
        ),
    ]
