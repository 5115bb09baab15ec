"""The platform that the demo watches: small daemons that move data, as a product's would.

source ──► files ──► aggregator ──► queue ──► store ◄── HTTP ── scenario ──► schemas
"""
