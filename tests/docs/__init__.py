"""The documents: made where they follow from the code, and run where they show commands."""
