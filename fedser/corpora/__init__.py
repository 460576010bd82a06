"""Corpora: utterances and speakers read from disk, or synthesised."""
