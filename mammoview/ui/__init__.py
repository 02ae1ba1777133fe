"""The window: shows what the services say and forwards what the reader does. Decides nothing."""
