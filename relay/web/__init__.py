"""The HTTP endpoints and the page for people."""
