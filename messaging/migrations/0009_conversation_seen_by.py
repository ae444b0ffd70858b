"""A conversation knows who of the team was the first to see what waits."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0008_turned_messages")]

    operations = [
        migrations.AddField(
            "conversation",
            "seen_by",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="practices.member",
            ),
        ),
    ]
