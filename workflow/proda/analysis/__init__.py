"""Which mechanisms govern soil carbon: sensitivities, control and identifiability."""
