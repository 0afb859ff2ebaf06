"""The sections of the configuration file, which the admin API takes and gives one by one."""
