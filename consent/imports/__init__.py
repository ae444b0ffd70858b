"""Lists of old consents (C-19): read, mapped, looked through row by row, carried out once.

encodings, csv_lists, workbooks, reading   bytes → head and rows
mapping, statements                        which column says what; what one row says
verdicts, standings, checking              what Roger will do with each row, and why not
running                                    carrying out, in batches, each row once
lists                                      the deeds of the person: upload, read again, map, start, discard
"""
