"""``fedser corpora``: what lies in a corpus, beside what others counted in it."""
