"""Demo data: two practices with a believable week, made through the rooms' own actions.

material.py    the JSON files beside it, as written
calendar.py    when each dialogue was; dates in its texts relative to today
practices.py   practices, staff, channel, templates, saved replies
codes.py       the QR codes that hang there, with their counts
people.py      patients, contacts, who writes for whom
visits.py      when they were here, and when they come again
consents.py    what they agreed to, on the ledger with its time
dialogues.py   dialogues → history, notes, consent acts within them
pictures.py    a neutral picture and a quiet sound
addresses.py   demo.json and simulator.json
"""
