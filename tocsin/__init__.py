"""Tocsin's rule manager: a YAML catalogue in, Prometheus and Alertmanager configuration out."""
