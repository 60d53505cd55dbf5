"""One module per figure, and the styles they share."""
