"""What pages say about scoring: why a note has its status, and the community from above."""
