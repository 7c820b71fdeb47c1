"""Sizes of plane shapes."""
