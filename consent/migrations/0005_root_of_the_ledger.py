"""The tree's root and the public key beside each signed head, for proofs that show nobody else's entries."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_more_doors")]

    operations = [
        migrations.AddField("ledgercheckpoint", "root", models.BinaryField(null=True)),
        migrations.AddField("ledgercheckpoint", "public_key", models.BinaryField(null=True)),
    ]
