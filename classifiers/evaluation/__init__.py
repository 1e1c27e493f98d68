"""How good the labels are, and which thresholds follow. Knows labels and probabilities only, no store."""
