"""Follows code without running it: path by path, with stipulations about objects, breakers and the mode."""
