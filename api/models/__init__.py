"""The models (colorizers) that jobs may name: a catalogue of their cards, and its route. No weights are opened."""
