"""Reports that a reader opens: self-contained pages with drawings and pictures, and their figures as CSV and JSON."""
