"""What people wrote down, judged: checklist items and sign-offs become findings."""
