"""The chart of what fires: beside the delivery, never in its way."""
