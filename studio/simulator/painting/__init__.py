"""How this remote paints: palettes, light, scenes, lettering and a camera. Pillow only, and no chance but the seed."""
