"""The command line: its words, its commands, and what it shows."""
