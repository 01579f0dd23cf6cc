"""How the shipped expression network was made; nothing here is needed to use facemotion."""
