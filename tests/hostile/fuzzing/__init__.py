"""schemathesis on a running gateway: requests from `/openapi.json`, and all that it checks of the answers."""
