"""Markdown task lists as structures: text in, items and groups out."""
