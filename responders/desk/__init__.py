"""The desk: what members of the team ask, by a button, a form or a command, becomes changes of the store and an answer.

It knows no sink: presses come in and answers go out as the values of ``models.press`` and ``models.form``.
"""
