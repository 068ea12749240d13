"""What became of conversations over weeks: counted beforehand, and each number leads to just what it counts."""
