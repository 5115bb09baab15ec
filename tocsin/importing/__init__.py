"""What exists already as catalogue YAML: plain Prometheus rules, and metrics that are exposed."""
