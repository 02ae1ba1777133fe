"""What is remembered between sessions and where studies come from. No Qt."""
