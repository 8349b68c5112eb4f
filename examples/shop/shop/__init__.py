"""The order service of a web shop."""
