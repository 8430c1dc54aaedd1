"""An atlas folder: its files, the journal of edits, conditions on rows, and what they hold as one
value.
"""
