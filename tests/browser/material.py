"""What has to happen first, so that every kind of message and every gate stands on some screen."""

import base64
import io
import re
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
from PIL import Image

from roger.embedded.environment import read
from tests.browser.product import Product

NEWCOMER = "+491713920090"
ARABIC_NEWCOMER = "+491713920091"
WITHOUT_NUMBER = "DE.9Kq3ZZx0000000000003"  # known by the account alone
SECONDS_TO_DRAIN = 120  # a thousand messages on a busy machine
A_PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
LONG_WORD = "Weisheitszahnentfernungsaufklärungsbogenunterschriftsberechtigter"


def numbers(product: Product) -> dict[str, str]:
    """Everybody's number by name."""
    return {one["name"]: one["phone"] for one in product.control("GET", "/people") if one["phone"]}


def write_every_kind(product: Product, person: str) -> None:
    """One message of every kind a patient's phone can send."""
    first = write(product, person, type="text", text="Guten Tag, ich habe gleich mehrere Dinge für Sie.")
    write(product, person, type="text", text="Hier die Antwort darauf", context={"message_id": first})
    for kind in ("image", "video", "sticker", "voice", "unsupported"):
        write(product, person, type=kind)
    write(product, person, type="image", image={"caption": "Die Krone oben links"})
    write(product, person, type="document", document={"filename": f"{LONG_WORD}_{LONG_WORD}.pdf"})
    write(product, person, type="document", document=a_program_called_pdf())
    write(product, person, type="location", location={"latitude": 52.52, "longitude": 13.40, "name": "Berlin"})
    write(product, person, type="contacts", contacts=[a_card()])
    write(product, person, type="order", order=an_order())
    write(product, person, type="button_reply", button_reply={"id": "ja", "title": "Ja, ich komme"})
    write(product, person, type="list_reply", list_reply={"id": "1", "title": "Dienstag", "description": "10:40 Uhr"})
    write(product, person, type="reaction", reaction={"message_id": first, "emoji": "👍"})
    write(
        product, person, type="text", text=f"Was bedeutet {LONG_WORD}? Und https://praxis.example/{LONG_WORD.lower()}"
    )


def write(product: Product, person: str, **message: object) -> str:
    """As the person's phone would send it to the first practice; its wamid."""
    sent = product.control("POST", "/messages", {"from": person, "to": product.practices[0].phone, **message})
    return str(sent["wamid"])


def a_picture() -> bytes:
    """A PNG that shows nobody."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).save(file, "PNG")
    return file.getvalue()


def a_program_called_pdf() -> dict[str, str]:
    return {
        "data_base64": base64.b64encode(b"MZ" + bytes(200)).decode(),
        "mime_type": "application/pdf",
        "filename": "Befund.pdf",
    }


def a_card() -> dict[str, object]:
    return {
        "name": {"formatted_name": "Dr. Erika Beispiel", "first_name": "Erika"},
        "phones": [{"phone": "+49 30 23125 110", "type": "WORK"}],
    }


def an_order() -> dict[str, object]:
    item = {"product_retailer_id": "zahnseide", "quantity": 2, "item_price": 3, "currency": "EUR"}
    return {"catalog_id": "1", "text": "Bitte zurücklegen", "product_items": [item]}


def write_in_arabic(product: Product, person: str) -> None:
    """With figures, Latin words, a number and names of files among them, all of which run the other way."""
    write(
        product,
        person,
        type="text",
        text="صباح الخير، عندي ألم في الضرس منذ أمس. هل هناك موعد يوم 12.05. الساعة 14:30؟",
    )
    write(product, person, type="image", image={"caption": "هذه صورة السن (أعلى اليمين)"})
    write(product, person, type="document", document={"filename": "تقرير الأشعة_2026.pdf"})
    wait_until_drained(product)  # what Roger says to the picture by itself comes before the rest
    write(product, person, type="text", text="رقم عملي +49 30 23125 110، والتأمين AOK Nordost.\nشكراً جزيلاً!")


def change_identity(product: Product, person: str) -> None:
    """WhatsApp says that the phone may belong to somebody else now."""
    product.control("POST", "/changes", {"from": person, "kind": "identity"})


def give_a_number(product: Product, account: str) -> None:
    """Somebody with a user name answers the request for the number, which proves nothing."""
    product.control("POST", "/people", {"bsuid": account, "username": "kim.s", "name": "Kim Sander"})
    write(product, account, type="text", text="Rufen Sie mich bitte zurück?")
    phones = [{"phone": "+49 176 04069054", "wa_id": "4917604069054", "type": "CELL"}]
    card = {"name": {"formatted_name": "Kim Sander"}, "phones": phones, "origin": "contact_request"}
    write(product, account, type="contacts", contacts=[card])


def agree_and_write(product: Product, name: str, phone: str, language: str = "de") -> None:
    """Somebody new scans, agrees to organisation and sends the prefilled text."""
    qr = f"{product.practices[0].qr}?lang={language}"
    form_id = re.findall(r'name="form_id" value="([^"]+)"', httpx.get(qr).text)[0]
    answer = httpx.post(qr, data={"form_id": form_id, "organisation": "1", "answer": "yes"})
    prefilled = parse_qs(urlsplit(answer.headers["Location"]).query)["text"][0]
    product.control("POST", "/people", {"phone": phone, "name": name})
    write(product, phone, type="text", text=prefilled)


def prepare(product: Product) -> None:
    """Everything the screens need besides the demo."""
    known = numbers(product)
    write_every_kind(product, known["Ulrike Sommerfeld"])
    write(product, known["Cornelia Weiß"], type="text", text="Neues Telefon, alte Nummer!")
    change_identity(product, known["Cornelia Weiß"])
    give_a_number(product, WITHOUT_NUMBER)
    agree_and_write(product, "Nadja Neumann-Überschwänglich", NEWCOMER)
    agree_and_write(product, "ليلى رحيمي", ARABIC_NEWCOMER)
    write_in_arabic(product, ARABIC_NEWCOMER)
    wait_until_drained(product)
    in_its_environment(product, "-m", "tests.browser.staged")


def wait_until_drained(product: Product) -> None:
    """Until every webhook has become what it stands for. Raises TimeoutError."""
    deadline = time.monotonic() + SECONDS_TO_DRAIN
    while pending(product):
        if time.monotonic() > deadline:
            raise TimeoutError("deliveries are still pending")
        time.sleep(0.1)


def pending(product: Product) -> int:
    """How many webhooks of all practices wait to be read; asked as the backup's role, which sees every practice."""
    product.control("GET", "/settled")
    with psycopg.connect(read(product.home / "env")["DATABASE_BACKUP_URL"]) as connection:
        counted = connection.execute("select count(*) from messaging_webhookdelivery where state = 'pending'")
        return int(counted.fetchone()[0])  # type: ignore[index]


def in_its_environment(product: Product, *told: str) -> str:
    """What Python says when it is told so with the product's variables."""
    done = subprocess.run(
        [sys.executable, *told], env=read(product.home / "env"), capture_output=True, text=True, check=True
    )
    return done.stdout
