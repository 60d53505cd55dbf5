"""The sections of the configuration, a module each; `config` holds them all.

Descriptions are for users: plain, complete, with units.
"""
