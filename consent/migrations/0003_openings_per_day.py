"""One row per code and day instead of one per visit, and forms found by their time."""

import django.db.models.deletion
import practices.scope
import practices.tenancy
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0002_ledger'),
    ]

    operations = [
        # With its practice from the start: only such a table gets its wall.
        migrations.CreateModel(
            name='QrDay',
            fields=[
                ('id', models.UUIDField(default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('opened', models.PositiveIntegerField(default=0)),
                ('practice', models.ForeignKey(db_index=False, default=practices.scope.current_practice_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.practice')),
                ('qr_code', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='days', to='consent.qrcode')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddConstraint(
            model_name='qrday',
            constraint=models.UniqueConstraint(fields=('practice', 'day', 'qr_code'), name='qr_day_once'),
        ),
        migrations.AddIndex(
            model_name='pendingoptin',
            index=models.Index(fields=['practice', 'created_at'], name='pending_by_time'),
        ),
    ]
