"""The same calls for pages: with the project's public token, and their visitor's session if there is one."""
