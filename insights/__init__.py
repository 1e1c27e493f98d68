"""The reading side: what the operator and the lead see. Reads the store and decides nothing."""
