"""Who is told what: contributors here and by mail, people of a host by their host (NO)."""
