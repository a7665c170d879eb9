"""What a submission may point at: bytes, uploads, a prefix, a manifest. No job is created here."""
