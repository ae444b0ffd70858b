"""The live stream: ids of what changed, to every browser that looks at a practice (design: Live).

A thin ASGI application in a process of its own, without Django's middleware and without any key. The content is
fetched from the ordinary, checked views.

asgi.py          one connection: who is it, from which cursor, what to write
hub.py           all connections of this process: the bus, the look at the database every five seconds, endings
database.py      the few queries, in two threads (else two thousand streams keep two thousand connections)
"""

from messaging.stream.asgi import application as application
