"""What git knows: who ticked an item of a checklist and when, who wrote a line, what is out."""
