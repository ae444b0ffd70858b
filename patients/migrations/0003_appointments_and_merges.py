"""Visits, records that are one person, and why a number is blocked."""

import django.db.models.deletion
import practices.scope
import practices.sealed
import practices.tenancy
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0002_custody_and_rights"),
        ("practices", "0007_member_preferences"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="blocked_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("abuse", "Beleidigung oder Belästigung"),
                    ("spam", "Werbung oder Betrug"),
                    ("wrong_number", "Falsche Nummer"),
                    ("wish", "Auf eigenen Wunsch"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="last_visit_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="patient",
            name="merged_into",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="patients.patient",
            ),
        ),
        migrations.CreateModel(
            name="Appointment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("words", practices.sealed.SealedTextField(null=True, subject="patient")),
                (
                    "source",
                    models.CharField(
                        choices=[("hand", "von Hand"), ("api", "aus der Praxissoftware")], default="hand", max_length=5
                    ),
                ),
                ("foreign_key", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="practices.member",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="appointments",
                        to="patients.patient",
                    ),
                ),
                (
                    "practice",
                    models.ForeignKey(
                        db_index=False,
                        default=practices.scope.current_practice_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="practices.practice",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["practice", "patient", "starts_at"], name="appointment_patient")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("foreign_key", ""), _negated=True),
                        fields=("practice", "source", "foreign_key"),
                        name="appointment_of_foreign_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PatientMerge",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("moved", models.JSONField(default=dict)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="practices.member",
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "merged",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "practice",
                    models.ForeignKey(
                        db_index=False,
                        default=practices.scope.current_practice_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="practices.practice",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="practices.member",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["practice", "kept"], name="patient_merge_kept"),
                    models.Index(fields=["practice", "merged"], name="patient_merge_merged"),
                ],
            },
        ),
    ]
