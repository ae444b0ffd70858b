"""What every model and every task must be, whoever adds the next one."""

import inspect
from typing import Any

import pytest
from celery import current_app
from django.db import models

from practices.postgres.look_over import GLOBAL
from practices.sealed_columns import NUMBERS
from practices.tenancy import PracticeManager, PracticeOwned
from tests.guards import rows

# Practices' tables that are no PracticeOwned: narrower than an id allows.
OWN_SHAPE = ["messaging.MessageToken"]
# Managers without a scope: found before a practice is known; every query names the practice or the user.
UNSCOPED = ["practices.Member"]
# Tasks that work for all practices and open each one's scope themselves.
FOR_ALL_PRACTICES = ["messaging.sweep", "roger.escalations", "roger.hourly", "roger.nightly"]

# Frozen: these numbers stand in every ciphertext. A new column gets a new line; no line is ever changed or removed.
FROZEN = {
    "practices.totpdevice.secret": (1, 1),
    "patients.patient.first_name": (10, 1),
    "patients.patient.last_name": (10, 2),
    "patients.patient.birth_date": (10, 3),
    "patients.patient.salutation": (10, 4),
    "patients.patient.record_number": (10, 5),
    "patients.contact.profile_name": (11, 1),
    "patients.contactidentity.value": (12, 1),
    "consent.consentevent.payload": (20, 1),
    "consent.qrcode.token": (21, 1),
    "consent.pendingoptin.purposes": (22, 1),
    "consent.widget.token": (23, 1),
    "consent.consentdocument.details": (24, 1),
    "consent.consentdocument.file_key": (24, 2),
    "consent.consentimport.source": (25, 1),
    "consent.consentimportrow.cells": (26, 1),
    "patients.rightsrequest.words": (13, 1),
    "patients.appointment.words": (14, 1),
    "messaging.channel.api_key": (30, 1),
    "messaging.channel.webhook_token": (30, 2),
    "messaging.channel.webhook_secret": (30, 3),
    "messaging.message.body": (31, 1),
    "messaging.message.content": (31, 2),
    "messaging.message.wamid": (31, 3),
    "messaging.message.quoted_wamid": (31, 4),
    "messaging.webhookdelivery.body": (32, 1),
    "messaging.unreadableentry.body": (33, 1),
    "messaging.mediafile.file_key": (34, 1),
    "messaging.mediafile.details": (34, 2),
    "messaging.note.body": (35, 1),
    "messaging.waitingstatus.status": (37, 1),
    "messaging.conversation.urgent_words": (38, 1),
    "messaging.draft.body": (39, 1),
    "messaging.label.name": (40, 1),
    "messaging.savedreply.title": (41, 1),
    "messaging.savedreply.shortcut": (41, 2),
    "messaging.savedreply.body": (41, 3),
    "messaging.savedview.name": (42, 1),
    "messaging.task.words": (43, 1),
    "messaging.protecteddocument.details": (44, 1),
    "messaging.protecteddocument.file_key": (44, 2),
}

each_owned = pytest.mark.parametrize("model", rows.models_of_practices(), ids=rows.name_of)


def test_every_model_is_a_practices_own_or_on_the_short_list() -> None:
    loose = {model._meta.db_table for model in rows.all_models()} - {
        model._meta.db_table for model in rows.models_of_practices()
    }

    assert loose == GLOBAL.keys() - {"django_migrations"}


def test_every_practices_table_is_practice_owned() -> None:
    others = [model._meta.label for model in rows.models_of_practices() if not issubclass(model, PracticeOwned)]

    assert others == OWN_SHAPE


@each_owned
def test_foreign_keys_and_save_go_through_the_scope(model: type[models.Model]) -> None:
    scoped = isinstance(model._base_manager, PracticeManager) and isinstance(model._default_manager, PracticeManager)

    assert scoped == (model._meta.label not in UNSCOPED)


@each_owned
def test_every_query_of_a_scoped_model_begins_with_the_practice_in_scope(model: type[models.Model]) -> None:
    conditions = model._default_manager.all().query.where.children

    assert [type(condition.rhs).__name__ for condition in conditions] == (  # type: ignore[union-attr]
        [] if model._meta.label in UNSCOPED else ["CurrentPractice"]
    )


@each_owned
def test_no_column_is_unique_without_its_practice(model: type[models.Model]) -> None:
    alone = [field.name for field in model._meta.local_fields if field.unique and not field.primary_key]
    one_to_one = [field.name for field in model._meta.local_fields if isinstance(field, models.OneToOneField)]

    assert (alone, one_to_one, model._meta.unique_together) == ([], [], ())
    for constraint in model._meta.total_unique_constraints:
        assert constraint.fields[0] == "practice", constraint.name


def test_no_model_has_an_implicit_table_between_two_others() -> None:
    ours = {"practices", "patients", "consent", "messaging", "anamnesis", "roger"}

    implicit = [model._meta.label for model in rows.all_models() if model._meta.auto_created]

    assert [label for label in implicit if label.partition(".")[0] in ours] == []


def test_sealed_columns_have_the_numbers_they_always_had() -> None:
    assert {f"{model}.{name}": numbers for (model, name), numbers in NUMBERS.items()} == FROZEN


def test_every_sealed_column_has_a_number_and_every_number_a_column() -> None:
    columns = {
        (model._meta.label_lower, field.name) for model in rows.all_models() for field in rows.sealed_fields(model)
    }

    assert columns == NUMBERS.keys()


def test_no_number_is_used_twice() -> None:
    assert len(set(NUMBERS.values())) == len(NUMBERS)


def test_a_table_has_one_number() -> None:
    tables: dict[str, set[int]] = {}
    for (model, _), (table, _) in NUMBERS.items():
        tables.setdefault(model, set()).add(table)

    assert [model for model, numbers in tables.items() if len(numbers) > 1] == []
    assert len({min(numbers) for numbers in tables.values()}) == len(tables)


@each_owned
def test_the_owner_of_a_sealed_column_is_a_required_column(model: type[models.Model]) -> None:
    for field in rows.sealed_fields(model):
        if field.subject in ("practice", "system") or model._meta.model_name == field.subject:
            continue
        owner: Any = model._meta.get_field(f"{field.subject}_id" if field.subject == "evidence" else field.subject)
        assert not owner.null, f"{model._meta.label}.{field.name}"


def our_tasks() -> dict[str, Any]:
    current_app.loader.import_default_modules()
    ours = {name: task for name, task in current_app.tasks.items() if not name.startswith(("celery.", "tests."))}
    assert ours, "Celery found no task: it looked in the wrong place"
    return ours


def test_every_task_names_the_practice_it_works_for() -> None:
    nameless = [
        name for name, task in our_tasks().items() if "practice_id" not in inspect.signature(task.run).parameters
    ]

    assert sorted(nameless) == sorted(set(FOR_ALL_PRACTICES) & our_tasks().keys())


def test_tasks_take_names_only_so_that_nothing_personal_slips_in_by_position() -> None:
    kinds = {
        parameter.kind for task in our_tasks().values() for parameter in inspect.signature(task.run).parameters.values()
    }

    assert kinds <= {inspect.Parameter.KEYWORD_ONLY}
