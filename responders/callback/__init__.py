"""The call-back page: where a customer says how to be reached, changes it, takes it back, and says how it went."""
