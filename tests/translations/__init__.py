"""The window's words in other languages: `python -m tests.translations` brings the files up to date."""
