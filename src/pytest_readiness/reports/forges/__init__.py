"""What forges and CI systems take beside a report: annotations, code quality, their commands."""
