"""Benchmarks: `make bench` measures, prints a table and writes docs/benchmarks/.

One file per benchmark; `registry.py` lists them. Nothing here is timed by the tests.
"""
