"""The operator's console: pages made on the server, at `/console`, for administrators who proved both factors."""
