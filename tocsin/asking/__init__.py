"""Questions that rules raise and only a Prometheus server answers: what checks ask it, and how."""
