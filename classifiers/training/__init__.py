"""How the triage model is trained: the data, the loop and the scores. Not needed to use it."""
