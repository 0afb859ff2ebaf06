"""What the server costs: `make bench`, told in docs/benchmarks.md."""
