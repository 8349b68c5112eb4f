"""Timings and counts that anyone can run; no test depends on a timing."""
