"""The admin API: JSON over HTTP for whoever holds the administrator's token; what the console does, by program."""
