"""Synthetic emotional speech: source-filter voices in numpy, from named random streams alone."""
