"""The console's verbs on the command line. Each module imports what it needs when a command runs."""
