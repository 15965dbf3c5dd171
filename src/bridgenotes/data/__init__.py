"""The public tables: declared once; read, checked, written."""
