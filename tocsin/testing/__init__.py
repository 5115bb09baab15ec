"""Tests of rules: written by people, generated from what the rules mean, judged by promtool."""
