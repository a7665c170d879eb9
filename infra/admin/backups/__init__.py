"""`photochrom-admin backup` and `restore`: a folder with the documents of the database and the objects they need."""
