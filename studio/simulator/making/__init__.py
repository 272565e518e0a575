"""How each kind of output is made from its files: edits, performances, larger and quicker films, HDR, sound, stills."""
