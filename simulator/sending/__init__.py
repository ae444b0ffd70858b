"""What `POST /messages` accepts and refuses (360dialog sections 2, 3, 9 and 13.1)."""
