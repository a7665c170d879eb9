"""`results.zip`, generated while it is downloaded. Archives that come in are read by `shared/archives/`."""
