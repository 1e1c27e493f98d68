"""What the listeners on HTTP share: one guarded client, and walks over answers that show the newest first."""
