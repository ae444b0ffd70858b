"""The fault run (`make faults`): the whole product under load while its processes are killed.

__main__.py      starts everything, tells the story, prints the verdict
installation.py  the product in a folder of its own, and its processes
opening.py       two practices with people, consent, numbers and logged-in browsers
postman.py       360dialog's side: webhooks, repeated until they are acknowledged
reception.py     replies, queued again until their transaction is committed
browsers.py      who listens to the live stream, and what they heard
blows.py         what is done to the processes, and when
crash_points.py  every named point, each in a process that ends there (armed.py)
verdict.py       what must hold afterwards
"""
