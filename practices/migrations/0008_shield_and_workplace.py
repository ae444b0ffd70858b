"""Whether a session is behind the shield, in which browser it was begun, and what is noted about PINs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("practices", "0007_member_preferences"),
    ]

    operations = [
        migrations.AddField(
            model_name="loginsession",
            name="shielded",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="loginsession",
            name="workplace",
            field=models.CharField(blank=True, db_index=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="loginevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("password_accepted", "Password Accepted"),
                    ("password_refused", "Password Refused"),
                    ("code_refused", "Code Refused"),
                    ("logged_in", "Logged In"),
                    ("logged_out", "Logged Out"),
                    ("locked_out", "Locked Out"),
                    ("pin_refused", "Pin Refused"),
                    ("switched", "Switched"),
                ],
                max_length=20,
            ),
        ),
    ]
