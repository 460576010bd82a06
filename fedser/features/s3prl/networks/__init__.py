"""s3prl's network classes with the weights of a checkpoint, and the front end that each was trained behind."""
