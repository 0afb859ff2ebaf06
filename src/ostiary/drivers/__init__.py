"""What the server leans on: databases, carriers, threads."""
