"""From environmental covariates to parameters: learners trained on site-by-site posterior means."""
