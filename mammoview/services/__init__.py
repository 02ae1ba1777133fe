"""Long-lived state, background jobs and settings. QtCore only: no widgets."""
