"""How the server is spoken to: one folder per dialect. Dialects translate and decide nothing."""
