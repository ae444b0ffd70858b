"""Texts as patients write them, as long and as repetitive: a few words all the time, most words hardly ever.

Made up word by word, so that they are nobody's. Frequencies fall with the rank, as in every language (Zipf); rare
words are compounds, as in German.
"""

import random
from functools import lru_cache
from itertools import accumulate

WORDS = 20
# In the order of their frequency; the function words come first.
COMMON = """
ich und die der das zu in ist es nicht ein den mit habe auf für eine sie dass auch sich an von im am noch mir mich
wir bei oder wenn dann um aber bitte wie kann hat sind so Ihnen Termin morgen nur war schon nach können vielen Dank
werden Uhr möchte Guten Tag habe heute zum aus wird noch mal etwas seit meine mein meinen über als was da doch
Schmerzen Zahn vor wieder kommen gerne Praxis Frau Herr gestern immer sehr leider wegen Hallo Grüße freundlichen
Montag Dienstag Mittwoch Donnerstag Freitag Woche nächste nächsten rechts links oben unten geht gut mehr ohne keine
einen einem hätte würde wäre muss soll darf melden verschieben absagen Behandlung Rechnung Rezept Krankenkasse
Zahnreinigung Füllung Krone Kontrolle Röntgenbild Wurzelbehandlung Provisorium Schiene Implantat Zahnfleisch Blutung
Schwellung Backe Backenzahn Schneidezahn Weisheitszahn Betäubung Tablette Ibuprofen Antibiotikum Allergie Versicherung
Überweisung Anmeldung Formular Tochter Sohn Mann Mutter Vater Kind Kinder Arbeit Schule Urlaub Zeit früh Nachmittag
Vormittag Mittag Abend Minuten Stunde später früher kurzfristig dringend schlimm stark leicht empfindlich kalt warm süß
abgebrochen herausgefallen locker gerötet entzündet geschwollen verheilt gezogen geklebt bekommen genommen gesagt
gefragt geschickt bezahlt unterschrieben vergessen verstanden bestätigen schicken anrufen erreichen warten bringen
mitbringen ausfüllen essen trinken schlafen kauen putzen spülen kühlen
"""
HEADS = """
Zahn Termin Praxis Kassen Patienten Schmerz Kinder Behandlungs Kontroll Rechnungs Wurzel Kronen Brücken Prothesen
Schienen Röntgen Narkose Vorsorge Nachsorge Befund Kosten Karten Arzt Alters Kiefer Gaumen Lippen Zungen Wangen Zucker
Knirscher Implantat Füllungs Heil Bonus Labor Urlaubs Vertretungs Notfall Wochenend
"""
MIDDLES = """
plan heft stück bogen stunden wochen tages jahres monats haupt neben vor nach rück
"""
TAILS = """
termin plan bogen schein karte kosten liste frage wunsch antwort anruf nachricht befund bericht bild ergebnis bescheid
erstattung übernahme abrechnung besprechung untersuchung reinigung spülung lösung bürste pasta seide schmerz entzündung
blutung wunde naht fäden pflaster tablette tropfen gel salbe schiene krone brücke prothese abdruck probe farbe form
stelle seite reihe lücke druck gefühl zeit pause fahrt weg parkplatz eingang zimmer stuhl team ärztin helferin
"""


@lru_cache(maxsize=1)
def vocabulary() -> tuple[list[str], list[float]]:
    """All words, commonest first, with their cumulated weights."""
    middles = ["", *MIDDLES.split()]
    compounds = [head + middle + tail for middle in middles for tail in TAILS.split() for head in HEADS.split()]
    random.Random(7).shuffle(compounds)
    words = list(dict.fromkeys([*COMMON.split(), *compounds]))
    return words, list(accumulate(1 / (rank + 2.7) for rank in range(len(words))))


def text(chance: random.Random, words: int = WORDS) -> str:
    """A message of about so many words."""
    known, weights = vocabulary()
    length = max(3, round(chance.gauss(words, words / 3)))
    return " ".join(chance.choices(known, cum_weights=weights, k=length)).capitalize() + "."
