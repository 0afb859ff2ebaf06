"""`python -m ostiary.migrations`: brings the database whose URL is on standard input up to date."""

import sys

from . import upgrade

if __name__ == "__main__":
    upgrade(sys.stdin.read())
