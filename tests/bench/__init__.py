"""What Roger can do, measured: `make bench`, or `make bench BENCH=drain` for one (design: bars for the whole product).

figures.py     a measured figure, its bar, and the line of JSON it is printed as
baseline.py    R1, the unit of every rate: one connection, one row, one commit
catalog.py     which measurements there are, and on which servers each runs
one.py         the process in which one measurement runs
installation.py  web, stream, workers and front as `make run` starts them
windows.py     a practice at work behind the front, and Chromium windows in which its people are logged in
million.py     a practice of a million messages among 40, made once and kept under .roger/bench/

Every other file is one measurement, a function `measure()` that yields figures.
"""
