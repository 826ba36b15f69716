"""Help to read: marketing materials, training guides, frequently asked questions."""
