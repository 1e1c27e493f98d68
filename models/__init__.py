"""What we know and keep: values, settings, tables and the store.

The leaf of the house: imports no other room, no vendor's SDK, no torch.
"Model" here means a model of the world; the trained network lives in ``classifiers/weights``.
"""
