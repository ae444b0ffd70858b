"""The corpus of other people's payloads is replayed only where CORPUS names its folder."""

import os

collect_ignore = [] if "CORPUS" in os.environ else ["test_corpus.py"]
