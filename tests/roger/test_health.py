"""/healthz and /readyz: codes for whoever watches, true also when something is away."""

import time

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from pytest_django import Settings

from practices.background import LAST_SWEEP
from practices.bus import bus

pytestmark = pytest.mark.django_db


def test_a_process_that_answers_is_alive(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"process": "ok"})


@pytest.mark.parametrize(("seconds_ago", "code"), [(None, "never"), (5, "ok"), (120, "late")])
def test_ready_tells_database_broker_and_the_last_drain(client: Client, seconds_ago: int | None, code: str) -> None:
    if seconds_ago is not None:
        bus().set(LAST_SWEEP, time.time() - seconds_ago)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "broker": "ok", "last_drain": code})


def test_without_the_broker_it_is_not_ready(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bus.cache_clear()
    try:
        answer = client.get("/readyz")
    finally:
        bus.cache_clear()

    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "broker": "away", "last_drain": "unknown"}


@pytest.mark.django_db(transaction=True)
def test_without_the_database_it_is_alive_but_not_ready(client: Client) -> None:
    connection.close()
    port = connection.settings_dict["PORT"]
    host = connection.settings_dict["HOST"]
    connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": "1"}
    try:
        alive, ready = client.get("/healthz"), client.get("/readyz")
    finally:
        connection.settings_dict |= {"HOST": host, "PORT": port}

    assert alive.status_code == 200
    assert (ready.status_code, ready.json()["database"]) == (503, "away")


def test_health_is_open_to_anybody_and_says_nothing_of_anybody(client: Client) -> None:
    answer = client.get("/readyz")

    assert "session" not in client.cookies
    assert sorted(answer.json()) == ["broker", "database", "last_drain"]
    assert settings.SECRET_KEY not in answer.content.decode()
