"""What is written to disk: whole files, and the manifest of each stage that wrote them."""
