"""Ostiary: a self-hosted server for multi-factor and step-up authentication."""

__version__ = "0.1.0"
