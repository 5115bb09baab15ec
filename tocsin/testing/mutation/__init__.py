"""Mutation: what a compiled rule would be with one part flipped, and whether any test notices."""
