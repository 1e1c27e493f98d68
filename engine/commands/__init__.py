"""What `python bot.py COMMAND` does, by who asks. Nothing heavy is imported before a command needs it."""
