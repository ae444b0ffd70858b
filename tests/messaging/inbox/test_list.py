from datetime import timedelta

from django.test import Client

from messaging.models import Channel
from tests.messaging.inbox.desk import make_conversation, make_patient, receive

LIST = "/p/morgenthal/inbox/"


def test_smoke(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    make_patient(conversation.contact)
    receive(conversation, "Ich habe Zahnschmerzen", ago=timedelta(minutes=5))

    page = desk.get(LIST)
    thread = desk.get(f"{LIST}{conversation.pk}/")

    assert page.status_code == 200
    assert "Vogt, Jana" in page.content.decode()
    assert thread.status_code == 200
    assert "Zahnschmerzen" in thread.content.decode()
