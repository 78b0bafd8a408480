"""Ocelot beside its peers."""
