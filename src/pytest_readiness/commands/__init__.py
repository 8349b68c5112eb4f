"""Scripts that a team already has, as checks: run, bounded in every way, and judged.

``running`` starts a command and ends it for certain, ``kept`` holds its output, ``extracting``
finds values in it, ``judging`` says in the language of checks what holds.
"""
