"""Spreadsheets as schools have them, turned into plain values. No database, no decisions.

workbook.py    a file's bytes → grids of cells, or a refusal that a person can act on
header.py      where the header is and what each column is called
kinds.py       which of the known kinds a sheet is (words.toml)
cells.py       one cell → one value, or what was expected instead
assignment.py  "Toán - 63, 64; HĐTN - 64"
tables.py      all of it together: files → tables of values with their places
"""
