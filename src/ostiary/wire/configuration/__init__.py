"""The configuration file: one more way to speak to the core, in YAML."""
