"""Tocsin's main job on real parts, on one machine: `make demo`. Not part of the wheel."""
