"""The management listener: health, metrics, version; in dev mode the inbox, the clock and the reset."""
