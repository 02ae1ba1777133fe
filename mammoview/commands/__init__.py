"""The commands that need no window: read, score, render, info, doctor. No Qt."""
