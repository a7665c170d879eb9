"""Running Photochrom: the embedded stack. No product code lives here."""
