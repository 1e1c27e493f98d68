"""The triage model: text in, findings out. Its trained weights live in ``classifiers/weights``."""
