"""The papers' tables, measured on the papers' data, and the speed of every method."""
