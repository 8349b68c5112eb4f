"""What the user demands: settings, profiles, targets, limits, relaxations."""
