"""The bias audit: of whom does a classifier say what, how sure is that, and does class balance explain it?"""
