"""What a run means for people: one note explained, a whole run drawn."""
