"""The configuration: its file, its sections, its schema, and errors that help to correct it.

sections/   a frozen dataclass per section: keys, types, limits, descriptions and defaults
keys        how such a class is written, and made from plain values
schema      the JSON schema that follows from the sections
validation  a configuration checked against it, with all defaults filled in
errors      what is wrong, as a sentence with a hint
file, values, arguments, renamed   what is checked before the schema
"""
