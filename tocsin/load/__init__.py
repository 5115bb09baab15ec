"""Paths to a Catalogue: finds the files, reads them, and collects every problem on the way."""

from tocsin.load.catalogue import Loaded, load, settings_of

__all__ = ["Loaded", "load", "settings_of"]
