"""What the pages ask the database: the same filter feeds a list, its counts and its links."""
