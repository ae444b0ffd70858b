"""Custody as it was stated, and what somebody asks for under the DSGVO."""

import django.db.models.deletion
import practices.scope
import practices.sealed
import practices.tenancy
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0001_initial"),
        ("practices", "0004_choices_of_the_practice"),
    ]

    operations = [
        migrations.AddField(
            model_name="patientcontact",
            name="custody",
            field=models.CharField(
                blank=True,
                choices=[
                    ("sole", "allein sorgeberechtigt"),
                    ("joint", "gemeinsam sorgeberechtigt, der andere Elternteil ist einverstanden"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="RightsRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "right",
                    models.CharField(
                        choices=[("access", "Auskunft (Art. 15)"), ("erasure", "Löschung (Art. 17)")], max_length=12
                    ),
                ),
                ("words", practices.sealed.SealedTextField(null=True, subject="contact")),
                ("received_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rights_requests",
                        to="patients.contact",
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
                    "settled_by",
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
                    models.Index(
                        condition=models.Q(("settled_at", None)),
                        fields=["practice", "due_at"],
                        name="rights_request_open",
                    ),
                    models.Index(fields=["practice", "contact"], name="rights_request_contact"),
                ],
            },
        ),
    ]
