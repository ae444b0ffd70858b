"""More doors for consent: tablets, website, papers, lists; and texts of a practice's own."""

import django.db.models.deletion
import practices.scope
import practices.sealed
import practices.tenancy
from django.db import migrations, models

from practices.append_only import forbid_changes


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0003_openings_per_day'),
        ('patients', '0002_custody_and_rights'),
        ('practices', '0004_choices_of_the_practice'),
    ]

    operations = [
        migrations.AddField(
            model_name='pendingoptin',
            name='text',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.consenttext'),
        ),
        migrations.AddField(
            model_name='qrcode',
            name='language',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name='qrcode',
            name='purposes',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='qrday',
            name='agreed',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='qrday',
            name='confirmed',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='consenttext',
            name='kind',
            field=models.CharField(choices=[('qr_page', 'Qr Page'), ('chat', 'Chat'), ('privacy_notice', 'Privacy Notice'), ('widget', 'Widget'), ('anamnese', 'Anamnese'), ('guardian', 'Guardian'), ('imported', 'Imported')], max_length=20),
        ),
        migrations.AlterField(
            model_name='pendingoptin',
            name='event',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.consentevent'),
        ),
        migrations.CreateModel(
            name='ConsentDocument',
            fields=[
                ('id', models.UUIDField(default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False)),
                ('evidence_id', models.UUIDField(default=practices.tenancy.uuid7)),
                ('details', practices.sealed.SealedJSONField(subject='evidence')),
                ('file_key', practices.sealed.SealedBytesField(subject='evidence')),
                ('size', models.BigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('contact', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='patients.contact')),
                ('practice', models.ForeignKey(db_index=False, default=practices.scope.current_practice_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.practice')),
                ('uploaded_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.member')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='ConsentImport',
            fields=[
                ('id', models.UUIDField(default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('uploaded', 'hochgeladen'), ('checked', 'geprüft'), ('running', 'läuft'), ('done', 'übernommen'), ('discarded', 'verworfen')], default='uploaded', max_length=10)),
                ('source', practices.sealed.SealedJSONField(subject='practice')),
                ('mapping', models.JSONField(default=dict)),
                ('rows_in_all', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.member')),
                ('document', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.consentdocument')),
                ('practice', models.ForeignKey(db_index=False, default=practices.scope.current_practice_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.practice')),
                ('text', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.consenttext')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='ConsentImportRow',
            fields=[
                ('id', models.UUIDField(default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('cells', practices.sealed.SealedJSONField(null=True, subject='practice')),
                ('verdict', models.CharField(blank=True, max_length=40)),
                ('belongs_to', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='consent.consentimport')),
                ('event', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.consentevent')),
                ('practice', models.ForeignKey(db_index=False, default=practices.scope.current_practice_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.practice')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Kiosk',
            fields=[
                ('id', models.UUIDField(default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('pairing_hash', models.BinaryField(null=True)),
                ('pairing_until', models.DateTimeField(null=True)),
                ('paired_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.member')),
                ('practice', models.ForeignKey(db_index=False, default=practices.scope.current_practice_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.practice')),
                ('qr_code', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.qrcode')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='TextDraft',
            fields=[
                ('id', models.UUIDField(default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False)),
                ('language', models.CharField(max_length=10)),
                ('based_on', models.CharField(max_length=20)),
                ('content', models.JSONField()),
                ('renews', models.JSONField(blank=True, default=list)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('state', models.CharField(choices=[('writing', 'in Arbeit'), ('submitted', 'zur Freigabe'), ('published', 'veröffentlicht'), ('discarded', 'verworfen')], default='writing', max_length=10)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('practice', models.ForeignKey(db_index=False, default=practices.scope.current_practice_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.practice')),
                ('written_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.member')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='TextEdition',
            fields=[
                ('id', models.UUIDField(default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False)),
                ('language', models.CharField(max_length=10)),
                ('version', models.CharField(max_length=20)),
                ('content', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('renews', models.JSONField(default=list)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('published_at', models.DateTimeField(auto_now_add=True)),
                ('practice', models.ForeignKey(db_index=False, default=practices.scope.current_practice_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.practice')),
                ('published_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.member')),
                ('written_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.member')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Widget',
            fields=[
                ('id', models.UUIDField(default=practices.tenancy.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('token', practices.sealed.SealedTextField(subject='practice')),
                ('origins', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.member')),
                ('practice', models.ForeignKey(db_index=False, default=practices.scope.current_practice_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='practices.practice')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='pendingoptin',
            name='widget',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.widget'),
        ),
        migrations.AddConstraint(
            model_name='pendingoptin',
            constraint=models.CheckConstraint(condition=models.Q(('event', None), ('widget', None), _connector='XOR'), name='pending_of_form_or_widget'),
        ),
        migrations.AddIndex(
            model_name='consentimportrow',
            index=models.Index(fields=['practice', 'belongs_to', 'verdict'], name='import_row_verdict'),
        ),
        migrations.AddConstraint(
            model_name='consentimportrow',
            constraint=models.UniqueConstraint(fields=('practice', 'belongs_to', 'number'), name='import_row_once'),
        ),
        migrations.AddConstraint(
            model_name='textedition',
            constraint=models.UniqueConstraint(fields=('practice', 'language', 'version'), name='text_edition_once'),
        ),
        forbid_changes('consent_textedition'),
    ]
