"""Downloads of data products, resumable and verified."""
