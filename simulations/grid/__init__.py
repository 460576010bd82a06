"""Grids: one file that describes many experiments, its cells, and is run in part or whole, resumed, and reported on."""
