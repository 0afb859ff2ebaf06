"""The page that a message's link opens: `GET` shows it and spends nothing, its button does it (ML-2)."""
