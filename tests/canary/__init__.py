"""A patient who does not exist, let in through every door, and a search for what is left of her in clear.

needles.py   her data, in every spelling something could be left in
story.py     what she and reception do, through the doors people use
scanner.py   database, Redis, files, and what was logged or answered meanwhile
pages.py     addresses that break, for the error pages
"""
