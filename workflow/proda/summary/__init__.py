"""What a run found, in a few sentences: facts from its tables, cautions, and pages made of them."""
