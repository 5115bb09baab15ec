"""PromQL: tokens with places, parsing, label sets. Only `parse` imports the parser."""
