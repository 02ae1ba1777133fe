"""One reading without a window: study -> prepared images, scores, texts, pictures, record. No Qt.

The window's export and the commands both come through here, so that they cannot differ.
"""
