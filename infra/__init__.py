"""Running Photochrom: embedded stack, operator's command, images, units, alert rules. No product code lives here."""
