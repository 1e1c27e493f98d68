"""E-mail: a mailbox, by IMAP."""
