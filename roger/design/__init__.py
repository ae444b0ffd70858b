"""The living page of the look, at /design/ while DEBUG is on: tokens and icons read from the files, and every component
drawn by its own template, with samples that nobody stored.

What it means and why stands in docs/look.md.
"""
