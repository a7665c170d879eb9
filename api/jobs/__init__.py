"""Jobs that exist: their routes and their representation. `submission/` creates them."""
