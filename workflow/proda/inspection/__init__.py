"""What a configuration and its data are, before anything is run, and a configuration for a folder.

``proda check`` (`proda.inspection.check_command`) examines the data with the functions that the run
uses; ``proda init`` (`proda.inspection.init_command`) writes a configuration from the files that it
finds.
"""
