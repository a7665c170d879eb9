"""The task `job.expand`: from a source to chunks of item locators. Looks at no picture."""
