"""The demo: a shop and a walk-through, applications like any other, which know Ostiary by HTTP alone."""
