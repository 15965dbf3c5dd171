"""Sign-in and the facts of a person that decide eligibility. Personal: nothing above `identity` reads it."""
